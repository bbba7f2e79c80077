-- Every message is first a row: the intention to tell a person something of a kind, at a time of their day, once.
CREATE TABLE public.notifications (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('check_in', 'plan', 'insight', 'weekly_summary', 'streak', 'account')),
    local_date date NOT NULL, -- in the person's zone
    slot text NOT NULL,       -- what tells two of a kind on one day apart
    local_time time NOT NULL,
    due_at timestamptz NOT NULL, -- that time there, by the zone's rules when this was written: asked again when it is sent
    source_id uuid,              -- the plan or the insight that it is about
    data jsonb NOT NULL DEFAULT '{}', -- what its wording needs; never a mood, a note or what a person does about them
    state text NOT NULL DEFAULT 'planned'
        CHECK (state IN ('planned', 'held', 'sending', 'sent', 'delivered', 'failed', 'dropped', 'unknown')),
    why text,                 -- it was held, dropped, failed or tried again
    tries smallint NOT NULL DEFAULT 0,
    leased_until timestamptz, -- whoever was sending and has not said by then how it went never will
    channels jsonb NOT NULL DEFAULT '{}', -- what became of it on each
    told_on date,             -- the person's day on which it was sent, or begun to be
    told_at timestamptz,      -- when it came to the inbox
    told_with uuid,           -- the message that took its place, where several fell together
    title text,               -- as it was told
    body text,
    read_at timestamptz,
    PRIMARY KEY (user_id, id),
    CONSTRAINT notifications_once UNIQUE (user_id, kind, local_date, slot)
);

CREATE INDEX notifications_due ON public.notifications (due_at) WHERE state IN ('planned', 'held');
CREATE INDEX notifications_open ON public.notifications (user_id, due_at) WHERE state IN ('planned', 'held');
CREATE INDEX notifications_leases ON public.notifications (leased_until) WHERE state = 'sending';
CREATE INDEX notifications_age ON public.notifications (due_at) WHERE state NOT IN ('planned', 'held');
CREATE INDEX notifications_source ON public.notifications (user_id, source_id) WHERE source_id IS NOT NULL;
CREATE INDEX notifications_told ON public.notifications (user_id, told_on) WHERE told_on IS NOT NULL;
CREATE INDEX notifications_inbox ON public.notifications (user_id, told_at DESC, id DESC) WHERE told_at IS NOT NULL;
CREATE INDEX notifications_unread ON public.notifications (user_id, told_at DESC, id DESC)
    WHERE told_at IS NOT NULL AND read_at IS NULL;

ALTER TABLE public.notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notifications FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.notifications FROM anon, authenticated;
GRANT SELECT ON public.notifications TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.notifications TO mend_user, mend_service;
CREATE POLICY own_read ON public.notifications FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.notifications TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.notifications TO mend_service USING (true) WITH CHECK (true);
