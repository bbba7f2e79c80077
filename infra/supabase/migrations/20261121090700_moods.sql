-- Check-ins: the mood of a person at one time.
CREATE TABLE public.mood_entries (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL, -- the client chooses it, so it is unique only within a person
    mood text NOT NULL,
    intensity smallint NOT NULL CHECK (intensity BETWEEN 1 AND 10),
    note text CHECK (length(note) <= 4000),
    factors text[] NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL,
    timezone text NOT NULL,   -- the zone the person was in
    local_date date NOT NULL, -- the date in that zone; a later change of zone does not change it
    source text NOT NULL DEFAULT 'app' CHECK (source IN ('app', 'import')),
    edited_at timestamptz NOT NULL, -- the later edit wins, whatever arrives first
    PRIMARY KEY (user_id, id)
);

CREATE INDEX mood_entries_newest ON public.mood_entries (user_id, occurred_at DESC, id DESC);
CREATE INDEX mood_entries_days ON public.mood_entries (user_id, local_date);

-- Ids of deleted entries, so that an old offline queue cannot restore them.
CREATE TABLE public.mood_tombstones (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
);

-- On how many consecutive local dates a person has checked in.
CREATE TABLE public.user_streaks (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    current integer NOT NULL,
    longest integer NOT NULL,
    last_day date,
    -- The zone and the start of the day that the streak was counted with. When those of the person differ, the
    -- streak is counted again.
    timezone text,
    day_starts_at time,
    updated_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE public.mood_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.mood_entries FORCE ROW LEVEL SECURITY;
ALTER TABLE public.mood_tombstones ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.mood_tombstones FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_streaks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_streaks FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.mood_entries, public.mood_tombstones, public.user_streaks FROM anon, authenticated;
GRANT SELECT ON public.mood_entries, public.user_streaks TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.mood_entries TO mend_user;
GRANT SELECT, INSERT ON public.mood_tombstones TO mend_user;
GRANT SELECT, INSERT, UPDATE ON public.user_streaks TO mend_user;
GRANT SELECT ON public.mood_entries, public.user_streaks TO mend_service;

CREATE POLICY own_read ON public.mood_entries FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_read ON public.user_streaks FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.mood_entries TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.mood_tombstones TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.user_streaks TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.mood_entries FOR SELECT TO mend_service USING (true);
CREATE POLICY service ON public.user_streaks FOR SELECT TO mend_service USING (true);
