CREATE TABLE public.mood_entries (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL, -- the client's own, hence unique only within a person
    mood text NOT NULL,
    intensity smallint NOT NULL CHECK (intensity BETWEEN 1 AND 10),
    note text CHECK (length(note) <= 4000),
    factors text[] NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL,
    timezone text NOT NULL,   -- where the person was
    local_date date NOT NULL, -- their day there and then; it never changes with a later move
    source text NOT NULL DEFAULT 'app' CHECK (source IN ('app', 'import')),
    edited_at timestamptz NOT NULL, -- the later edit wins, whatever order edits arrive in
    PRIMARY KEY (user_id, id)
);

CREATE INDEX mood_entries_newest ON public.mood_entries (user_id, occurred_at DESC, id DESC);
CREATE INDEX mood_entries_days ON public.mood_entries (user_id, local_date);

-- A deleted entry leaves its id behind, so that an old queue cannot bring it back.
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

-- A person's streak, locked until the transaction ends: two changes to it happen one after the other.
CREATE FUNCTION mend.lock_streak(OUT current integer, OUT longest integer, OUT last_day date)
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
    me constant uuid := mend.uid();
BEGIN
    SELECT s.current, s.longest, s.last_day INTO current, longest, last_day
    FROM public.user_streaks AS s WHERE s.user_id = me FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO public.user_streaks AS s (user_id, current, longest) VALUES (me, 0, 0)
        ON CONFLICT (user_id) DO UPDATE SET updated_at = now()
        RETURNING s.current, s.longest, s.last_day INTO current, longest, last_day;
    END IF;
END
$$;

-- Stores a check-in and reads what the answer needs, with plans that the session keeps: sent as a
-- statement by the client it takes twice as long, nearly all of it planning (docs/decisions.md).
CREATE FUNCTION mend.record_mood(
    entry_id uuid, mood text, intensity integer, note text, factors text[], at timestamptz, edited timestamptz,
    OUT recorded boolean, OUT timezone text, OUT local_date date, OUT country text, OUT streaks_enabled boolean,
    OUT day_starts_at time, OUT streak_current integer, OUT streak_longest integer, OUT streak_last_day date
)
LANGUAGE plpgsql SET search_path = ''
AS $$
#variable_conflict use_column
DECLARE
    me constant uuid := mend.uid();
BEGIN
    SELECT p.timezone, p.country, p.streaks_enabled, p.day_starts_at
    INTO timezone, country, streaks_enabled, day_starts_at
    FROM public.user_profiles AS p WHERE p.user_id = me;
    IF NOT FOUND THEN
        timezone := 'UTC'; streaks_enabled := true; day_starts_at := '00:00';
    END IF;
    local_date := ((at AT TIME ZONE record_mood.timezone) - record_mood.day_starts_at)::date;

    SELECT s.current, s.longest, s.last_day INTO streak_current, streak_longest, streak_last_day
    FROM mend.lock_streak() AS s;

    INSERT INTO public.mood_entries AS e
        (user_id, id, mood, intensity, note, factors, occurred_at, timezone, local_date, edited_at)
    SELECT me, entry_id, record_mood.mood, record_mood.intensity, record_mood.note, record_mood.factors, at,
           record_mood.timezone, record_mood.local_date, edited
    WHERE NOT EXISTS (SELECT FROM public.mood_tombstones AS t WHERE t.user_id = me AND t.id = entry_id)
    ON CONFLICT (user_id, id) DO NOTHING;
    recorded := FOUND;
END
$$;

-- What follows from a check-in, in one round trip with the commit: the streak, what was shown, and the event.
CREATE FUNCTION mend.settle_mood(
    streak_current integer, streak_longest integer, streak_last_day date,
    shown_id uuid, entry_id uuid, shown jsonb, event_id uuid, at timestamptz, event jsonb
) RETURNS void
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
    me constant uuid := mend.uid();
BEGIN
    UPDATE public.user_streaks AS s
    SET current = streak_current, longest = streak_longest, last_day = streak_last_day, updated_at = now()
    WHERE s.user_id = me
      AND (s.current, s.longest, s.last_day) IS DISTINCT FROM (streak_current, streak_longest, streak_last_day);
    INSERT INTO public.recommendations (user_id, id, mood_entry_id, items) VALUES (me, shown_id, entry_id, shown);
    INSERT INTO mend.outbox (id, type, user_id, occurred_at, data) VALUES (event_id, 'mood.recorded', me, at, event);
END
$$;

GRANT EXECUTE ON FUNCTION mend.lock_streak() TO mend_user;
GRANT EXECUTE ON FUNCTION mend.record_mood(uuid, text, integer, text, text[], timestamptz, timestamptz) TO mend_user;
GRANT EXECUTE ON FUNCTION
    mend.settle_mood(integer, integer, date, uuid, uuid, jsonb, uuid, timestamptz, jsonb) TO mend_user;
