-- Sums of a person's entries by local day, week, month and year, so that no read depends on the length of their history.
-- Values are valence × intensity and arousal × intensity, each from -10 to 10. `mend.roll_up_entries` alone writes them.
CREATE TABLE mend.insight_days (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    day date NOT NULL,               -- the local date of the entries
    entry_ids uuid[] NOT NULL,       -- tells which day to count again when an entry moves or goes
    entries integer NOT NULL,
    tagged_entries integer NOT NULL, -- entries with a factor; on a day with none, factors are unknown
    value_sum numeric NOT NULL,
    arousal_sum numeric NOT NULL,
    lowest numeric NOT NULL,         -- value of an entry
    highest numeric NOT NULL,
    moods jsonb NOT NULL,            -- entries by mood
    factors jsonb NOT NULL,          -- entries by factor, spelled as the person did
    PRIMARY KEY (user_id, day)
);

CREATE TABLE mend.insight_periods (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    unit text NOT NULL CHECK (unit IN ('week', 'month', 'year')),
    first_day date NOT NULL,
    days integer NOT NULL,           -- days with an entry
    entries integer NOT NULL,
    tagged_days integer NOT NULL,
    value_sum numeric NOT NULL,      -- of the means of days, each rounded to 4 digits
    value_squares numeric NOT NULL,  -- of the same means
    arousal_sum numeric NOT NULL,    -- likewise
    moods jsonb NOT NULL,            -- entries by mood
    factors jsonb NOT NULL,          -- days by factor
    PRIMARY KEY (user_id, unit, first_day)
);

-- When what a person's insights are computed from last changed: their entries, measures, or settings of factors.
CREATE TABLE mend.insight_people (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    stale_since timestamptz NOT NULL -- the latest change
);

-- A number that a person measures once a day, such as hours of sleep or steps.
CREATE TABLE public.insight_measures (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    day date NOT NULL,
    value double precision NOT NULL CHECK (value BETWEEN -1e9 AND 1e9),
    PRIMARY KEY (user_id, name, day)
);

-- A factor that a person hides, or counts as another one. Names are in the form of `rules/factor_names.py`.
CREATE TABLE public.insight_factors (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    factor text NOT NULL,
    hidden boolean NOT NULL DEFAULT false,
    alias_of text CHECK (alias_of <> factor),
    PRIMARY KEY (user_id, factor)
);

ALTER TABLE mend.insight_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.insight_days FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.insight_periods ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.insight_periods FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.insight_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.insight_people FORCE ROW LEVEL SECURITY;
ALTER TABLE public.insight_measures ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.insight_measures FORCE ROW LEVEL SECURITY;
ALTER TABLE public.insight_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.insight_factors FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.insight_measures, public.insight_factors FROM anon, authenticated;
GRANT SELECT ON mend.insight_days, mend.insight_periods TO mend_user;
GRANT SELECT, INSERT, UPDATE ON mend.insight_people TO mend_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.insight_measures, public.insight_factors TO mend_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON mend.insight_days, mend.insight_periods TO mend_service;
GRANT SELECT, INSERT, UPDATE ON mend.insight_people TO mend_service;
GRANT SELECT ON public.insight_measures, public.insight_factors TO mend_service;

CREATE POLICY own ON mend.insight_days FOR SELECT TO mend_user USING (user_id = (SELECT mend.uid()));
CREATE POLICY own ON mend.insight_periods FOR SELECT TO mend_user USING (user_id = (SELECT mend.uid()));
CREATE POLICY own ON mend.insight_people TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.insight_measures TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.insight_factors TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.insight_days TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.insight_periods TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.insight_people TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON public.insight_measures FOR SELECT TO mend_service USING (true);
CREATE POLICY service ON public.insight_factors FOR SELECT TO mend_service USING (true);

-- Counts again the days on which the given entries are or were, or all days if `changed` is NULL, and the weeks, months
-- and years around them. Returns how many rows differed from what was stored: 0 if the sums were right. `coordinates`
-- has the valence and arousal of each mood. A person without sums is counted from their first entry on. The caller holds the lock `insight_days` of the person.
CREATE FUNCTION mend.roll_up_entries(person uuid, changed uuid[], coordinates jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
    touched date[];
    differing integer := 0;
    n integer;
BEGIN
    IF NOT EXISTS (SELECT FROM mend.insight_days AS d WHERE d.user_id = person) THEN
        changed := NULL;
    END IF;
    touched := ARRAY(
        SELECT e.local_date FROM public.mood_entries AS e
        WHERE e.user_id = person AND (changed IS NULL OR e.id = ANY(changed))
        UNION
        SELECT d.day FROM mend.insight_days AS d
        WHERE d.user_id = person AND (changed IS NULL OR d.entry_ids && changed)
    );

    DELETE FROM mend.insight_days AS d
    WHERE d.user_id = person AND d.day = ANY(touched) AND NOT EXISTS (
        SELECT FROM public.mood_entries AS e WHERE e.user_id = person AND e.local_date = d.day
    );
    GET DIAGNOSTICS differing = ROW_COUNT;

    WITH valued AS (
        SELECT e.local_date AS day, e.id, e.mood, e.factors,
               (coordinates -> e.mood ->> 0)::numeric * e.intensity AS value,
               (coordinates -> e.mood ->> 1)::numeric * e.intensity AS arousal
        FROM public.mood_entries AS e
        WHERE e.user_id = person AND e.local_date = ANY(touched) AND coordinates ? e.mood
    ), moods AS (
        SELECT c.day, jsonb_object_agg(c.mood, c.entries) AS moods
        FROM (SELECT v.day, v.mood, count(*) AS entries FROM valued AS v GROUP BY v.day, v.mood) AS c GROUP BY c.day
    ), factors AS (
        SELECT c.day, jsonb_object_agg(c.factor, c.entries) AS factors
        FROM (
            SELECT v.day, f.factor, count(DISTINCT v.id) AS entries
            FROM valued AS v, unnest(v.factors) AS f (factor) GROUP BY v.day, f.factor
        ) AS c GROUP BY c.day
    ), days AS (
        SELECT v.day, array_agg(v.id ORDER BY v.id) AS entry_ids, count(*)::integer AS entries,
               (count(*) FILTER (WHERE v.factors <> '{}'))::integer AS tagged_entries,
               sum(v.value) AS value_sum, sum(v.arousal) AS arousal_sum, min(v.value) AS lowest, max(v.value) AS highest
        FROM valued AS v GROUP BY v.day
    )
    INSERT INTO mend.insight_days AS d (user_id, day, entry_ids, entries, tagged_entries, value_sum, arousal_sum,
                                        lowest, highest, moods, factors)
    SELECT person, day, entry_ids, entries, tagged_entries, value_sum, arousal_sum, lowest, highest, m.moods,
           coalesce(f.factors, '{}')
    FROM days JOIN moods AS m USING (day) LEFT JOIN factors AS f USING (day)
    ON CONFLICT (user_id, day) DO UPDATE
        SET entry_ids = excluded.entry_ids, entries = excluded.entries, tagged_entries = excluded.tagged_entries,
            value_sum = excluded.value_sum, arousal_sum = excluded.arousal_sum, lowest = excluded.lowest,
            highest = excluded.highest, moods = excluded.moods, factors = excluded.factors
        WHERE d IS DISTINCT FROM excluded;
    GET DIAGNOSTICS n = ROW_COUNT;
    differing := differing + n;

    WITH periods AS (
        SELECT DISTINCT u.unit, date_trunc(u.unit, t.day::timestamp)::date AS first_day
        FROM unnest(touched) AS t (day), unnest(ARRAY['week', 'month', 'year']) AS u (unit)
    )
    DELETE FROM mend.insight_periods AS p USING periods AS c
    WHERE p.user_id = person AND p.unit = c.unit AND p.first_day = c.first_day AND NOT EXISTS (
        SELECT FROM mend.insight_days AS d
        WHERE d.user_id = person AND d.day >= c.first_day AND d.day < c.first_day + ('1 ' || c.unit)::interval
    );
    GET DIAGNOSTICS n = ROW_COUNT;
    differing := differing + n;

    WITH periods AS (
        SELECT DISTINCT u.unit, date_trunc(u.unit, t.day::timestamp)::date AS first_day
        FROM unnest(touched) AS t (day), unnest(ARRAY['week', 'month', 'year']) AS u (unit)
    ), counted AS (
        SELECT p.unit, p.first_day, d.entries, d.tagged_entries, d.moods, d.factors,
               round(d.value_sum / d.entries, 4) AS value, round(d.arousal_sum / d.entries, 4) AS arousal
        FROM periods AS p JOIN mend.insight_days AS d
          ON d.user_id = person AND d.day >= p.first_day AND d.day < p.first_day + ('1 ' || p.unit)::interval
    ), moods AS (
        SELECT s.unit, s.first_day, jsonb_object_agg(s.mood, s.entries) AS moods
        FROM (
            SELECT c.unit, c.first_day, m.mood, sum(m.entries::integer) AS entries
            FROM counted AS c, jsonb_each_text(c.moods) AS m (mood, entries) GROUP BY c.unit, c.first_day, m.mood
        ) AS s GROUP BY s.unit, s.first_day
    ), factors AS (
        SELECT s.unit, s.first_day, jsonb_object_agg(s.factor, s.days) AS factors
        FROM (
            SELECT c.unit, c.first_day, f.factor, count(*) AS days
            FROM counted AS c, jsonb_object_keys(c.factors) AS f (factor) GROUP BY c.unit, c.first_day, f.factor
        ) AS s GROUP BY s.unit, s.first_day
    ), sums AS (
        SELECT c.unit, c.first_day, count(*)::integer AS days, sum(c.entries)::integer AS entries,
               (count(*) FILTER (WHERE c.tagged_entries > 0))::integer AS tagged_days,
               sum(c.value) AS value_sum, sum(c.value * c.value) AS value_squares, sum(c.arousal) AS arousal_sum
        FROM counted AS c GROUP BY c.unit, c.first_day
    )
    INSERT INTO mend.insight_periods AS p (user_id, unit, first_day, days, entries, tagged_days, value_sum,
                                           value_squares, arousal_sum, moods, factors)
    SELECT person, unit, first_day, days, entries, tagged_days, value_sum, value_squares, arousal_sum, m.moods,
           coalesce(f.factors, '{}')
    FROM sums JOIN moods AS m USING (unit, first_day) LEFT JOIN factors AS f USING (unit, first_day)
    ON CONFLICT (user_id, unit, first_day) DO UPDATE
        SET days = excluded.days, entries = excluded.entries, tagged_days = excluded.tagged_days,
            value_sum = excluded.value_sum, value_squares = excluded.value_squares,
            arousal_sum = excluded.arousal_sum, moods = excluded.moods, factors = excluded.factors
        WHERE p IS DISTINCT FROM excluded;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN differing + n;
END
$$;

GRANT EXECUTE ON FUNCTION mend.roll_up_entries(uuid, uuid[], jsonb) TO mend_service;
