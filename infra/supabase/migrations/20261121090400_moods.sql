CREATE TABLE public.mood_entries (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL, -- chosen by the client, so unique only for one person
    mood text NOT NULL,
    intensity smallint NOT NULL CHECK (intensity BETWEEN 1 AND 10),
    note text CHECK (length(note) <= 4000),
    factors text[] NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL,
    timezone text NOT NULL,   -- the zone the person was in
    local_date date NOT NULL, -- the date there; a later change of zone does not change it
    source text NOT NULL DEFAULT 'app' CHECK (source IN ('app', 'import')),
    edited_at timestamptz NOT NULL, -- the later edit wins, in any order of arrival
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

CREATE TABLE public.user_streaks (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    current integer NOT NULL,
    longest integer NOT NULL,
    last_day date,
    timezone text,      -- the clock it was counted by; when the person's clock differs, the streak is recounted
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

-- Stores a check-in in one round trip with the commit: the entry, the streak, the recommendations and the event.
CREATE FUNCTION mend.store_checkin(
    entry_id uuid, mood text, intensity integer, note text, factors text[],
    occurred_at timestamptz, timezone text, local_date date, edited_at timestamptz, day_starts_at time,
    streak_current integer, streak_longest integer, streak_last_day date,
    recommendation_id uuid, recommended_items jsonb, event_id uuid, now timestamptz, event jsonb
) RETURNS void
LANGUAGE plpgsql SET search_path = ''
AS $$
#variable_conflict use_variable
DECLARE
    me constant uuid := mend.uid();
BEGIN
    INSERT INTO public.mood_entries
        (user_id, id, mood, intensity, note, factors, occurred_at, timezone, local_date, edited_at)
    VALUES (me, entry_id, mood, intensity, note, factors, occurred_at, timezone, local_date, edited_at);
    INSERT INTO public.user_streaks AS s (user_id, current, longest, last_day, timezone, day_starts_at, updated_at)
    VALUES (me, streak_current, streak_longest, streak_last_day, timezone, day_starts_at, now)
    ON CONFLICT (user_id) DO UPDATE
        SET current = excluded.current, longest = excluded.longest, last_day = excluded.last_day,
            timezone = excluded.timezone, day_starts_at = excluded.day_starts_at, updated_at = excluded.updated_at
        WHERE (s.current, s.longest, s.last_day, s.timezone, s.day_starts_at) IS DISTINCT FROM
              (excluded.current, excluded.longest, excluded.last_day, excluded.timezone, excluded.day_starts_at);
    INSERT INTO public.recommendations (user_id, id, mood_entry_id, items, created_at)
    VALUES (me, recommendation_id, entry_id, recommended_items, now);
    INSERT INTO mend.outbox (id, type, user_id, occurred_at, data) VALUES (event_id, 'mood.recorded', me, now, event);
END
$$;

GRANT EXECUTE ON FUNCTION mend.store_checkin(
    uuid, text, integer, text, text[], timestamptz, text, date, timestamptz, time,
    integer, integer, date, uuid, jsonb, uuid, timestamptz, jsonb) TO mend_user;
