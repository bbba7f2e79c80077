-- A notification is sent at most once for each person, kind, local date and slot.
CREATE TABLE public.notifications (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('check_in', 'plan', 'insight', 'weekly_summary', 'streak', 'account')),
    local_date date NOT NULL, -- in the zone of the person
    slot text NOT NULL,       -- distinguishes notifications of one kind on one day
    local_time time NOT NULL,
    due_at timestamptz NOT NULL, -- the instant of that local time, computed when it is written and again when it is due
    source_id uuid,              -- the plan or insight that it is about
    data jsonb NOT NULL DEFAULT '{}', -- numbers for its text; never a mood, a note or an activity
    state text NOT NULL DEFAULT 'planned'
        CHECK (state IN ('planned', 'held', 'sending', 'sent', 'delivered', 'failed', 'dropped', 'unknown')),
    state_reason text,        -- why it was held, dropped, failed or planned again
    attempts smallint NOT NULL DEFAULT 0,
    leased_until timestamptz, -- a sender that has stored no outcome by then has crashed
    channels jsonb NOT NULL DEFAULT '{}', -- the outcome on each channel
    sent_on date,             -- the local day on which its message was sent, for the daily limit
    sent_at timestamptz,      -- when it entered the inbox; NULL without an inbox
    bundled_with uuid,        -- the notification that leads the message for several
    title text,               -- as it was sent
    body text,
    read_at timestamptz,
    PRIMARY KEY (user_id, id),
    CONSTRAINT notifications_once UNIQUE (user_id, kind, local_date, slot)
);

CREATE INDEX notifications_due ON public.notifications (due_at) WHERE state IN ('planned', 'held');
CREATE INDEX notifications_pending ON public.notifications (user_id, due_at) WHERE state IN ('planned', 'held');
CREATE INDEX notifications_leases ON public.notifications (leased_until) WHERE state = 'sending';
CREATE INDEX notifications_age ON public.notifications (due_at) WHERE state NOT IN ('planned', 'held');
CREATE INDEX notifications_source ON public.notifications (user_id, source_id) WHERE source_id IS NOT NULL;
CREATE INDEX notifications_sent_on ON public.notifications (user_id, sent_on) WHERE sent_on IS NOT NULL;
CREATE INDEX notifications_inbox ON public.notifications (user_id, sent_at DESC, id DESC) WHERE sent_at IS NOT NULL;
CREATE INDEX notifications_unread ON public.notifications (user_id, sent_at DESC, id DESC)
    WHERE sent_at IS NOT NULL AND read_at IS NULL;

ALTER TABLE public.notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notifications FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.notifications FROM anon, authenticated;
GRANT SELECT ON public.notifications TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.notifications TO mend_user, mend_service;
CREATE POLICY own_read ON public.notifications FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.notifications TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.notifications TO mend_service USING (true) WITH CHECK (true);
