-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- A row is `leased` from the decision to send it until the provider gets its message, and `sending` from then until the
-- outcome is stored. After a crash, a leased row is planned again, because nothing was sent.
ALTER TABLE public.notifications
    DROP CONSTRAINT notifications_state_check,
    ADD CONSTRAINT notifications_state_check CHECK (
        state IN ('planned', 'held', 'leased', 'sending', 'sent', 'delivered', 'failed', 'dropped', 'unknown')
    );

DROP INDEX public.notifications_leases;
CREATE INDEX notifications_leases ON public.notifications (leased_until) WHERE leased_until IS NOT NULL;
