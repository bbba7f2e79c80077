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
    factors jsonb NOT NULL,          -- entries by factor, spelled as the person did; the 300 most frequent
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
    factors jsonb NOT NULL,          -- days by factor; the 300 most frequent
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
-- has the valence and arousal of each mood. A person without sums is counted from their first entry on. The caller holds the lock `insight_days` of the person. The
-- joins are of many rows that the planner cannot foresee: nested loops would take minutes after a large import.
CREATE FUNCTION mend.roll_up_entries(person uuid, changed uuid[], coordinates jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = '' SET jit = off SET enable_nestloop = off
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
            SELECT v.day, f.factor, count(DISTINCT v.id) AS entries,
                   row_number() OVER (PARTITION BY v.day ORDER BY count(DISTINCT v.id) DESC, f.factor COLLATE "C") AS place
            FROM valued AS v, unnest(v.factors) AS f (factor) GROUP BY v.day, f.factor
        ) AS c WHERE c.place <= 300 GROUP BY c.day
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
    ), days AS (
        SELECT u.unit, date_trunc(u.unit, d.day::timestamp)::date AS first_day, d.entries, d.tagged_entries, d.moods,
               d.factors, round(d.value_sum / d.entries, 4) AS value, round(d.arousal_sum / d.entries, 4) AS arousal
        FROM mend.insight_days AS d, unnest(ARRAY['week', 'month', 'year']) AS u (unit)
        WHERE d.user_id = person
          AND d.day >= (SELECT min(p.first_day) FROM periods AS p)
          AND d.day < (SELECT max(p.first_day) FROM periods AS p WHERE p.unit = 'year') + interval '1 year 7 days'
    ), counted AS (
        SELECT d.* FROM days AS d WHERE (d.unit, d.first_day) IN (SELECT p.unit, p.first_day FROM periods AS p)
    ), moods AS (
        SELECT s.unit, s.first_day, jsonb_object_agg(s.mood, s.entries) AS moods
        FROM (
            SELECT c.unit, c.first_day, m.mood, sum(m.entries::integer) AS entries
            FROM counted AS c, jsonb_each_text(c.moods) AS m (mood, entries) GROUP BY c.unit, c.first_day, m.mood
        ) AS s GROUP BY s.unit, s.first_day
    ), factors AS (
        SELECT s.unit, s.first_day, jsonb_object_agg(s.factor, s.days) AS factors
        FROM (
            SELECT c.unit, c.first_day, f.factor, count(*) AS days,
                   row_number() OVER (
                       PARTITION BY c.unit, c.first_day ORDER BY count(*) DESC, f.factor COLLATE "C"
                   ) AS place
            FROM counted AS c, jsonb_object_keys(c.factors) AS f (factor) GROUP BY c.unit, c.first_day, f.factor
        ) AS s WHERE s.place <= 300 GROUP BY s.unit, s.first_day
    ), sums AS (
        SELECT c.unit, c.first_day, count(*)::integer AS days, sum(c.entries)::integer AS entries,
               (count(*) FILTER (WHERE c.tagged_entries > 0))::integer AS tagged_days,
               sum(c.value) AS value_sum, sum(c.value * c.value) AS value_squares, sum(c.arousal) AS arousal_sum
        FROM counted AS c GROUP BY c.unit, c.first_day
    ), gone AS (
        DELETE FROM mend.insight_periods AS p
        WHERE p.user_id = person AND (p.unit, p.first_day) IN (SELECT unit, first_day FROM periods)
          AND (p.unit, p.first_day) NOT IN (SELECT unit, first_day FROM sums)
        RETURNING 1
    ), written AS (
        INSERT INTO mend.insight_periods AS p (user_id, unit, first_day, days, entries, tagged_days, value_sum,
                                               value_squares, arousal_sum, moods, factors)
        SELECT person, unit, first_day, days, entries, tagged_days, value_sum, value_squares, arousal_sum, m.moods,
               coalesce(f.factors, '{}')
        FROM sums JOIN moods AS m USING (unit, first_day) LEFT JOIN factors AS f USING (unit, first_day)
        ON CONFLICT (user_id, unit, first_day) DO UPDATE
            SET days = excluded.days, entries = excluded.entries, tagged_days = excluded.tagged_days,
                value_sum = excluded.value_sum, value_squares = excluded.value_squares,
                arousal_sum = excluded.arousal_sum, moods = excluded.moods, factors = excluded.factors
            WHERE p IS DISTINCT FROM excluded
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written) INTO n;
    RETURN differing + n;
END
$$;

GRANT EXECUTE ON FUNCTION mend.roll_up_entries(uuid, uuid[], jsonb) TO mend_service;

-- The figures of the product by week: the latest twelve, without the running one. A cell that fewer than ten people are
-- behind is NULL. `returned` counts those of `started` who have an entry in the fourth week after.
CREATE INDEX insight_periods_weeks ON mend.insight_periods (first_day, user_id) WHERE unit = 'week';

CREATE FUNCTION mend.product_metrics(
    now timestamptz,
    OUT week date, OUT active integer, OUT entries integer, OUT started integer, OUT returned integer,
    OUT activities_due integer, OUT activities_done integer, OUT events_parked integer
) RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
#variable_conflict use_column
DECLARE
    this_week constant date := date_trunc('week', now AT TIME ZONE 'UTC')::date;
BEGIN
    IF NOT mend.is_admin() THEN
        RAISE insufficient_privilege;
    END IF;
    RETURN QUERY
    WITH weeks AS (
        SELECT this_week - 7 * n AS week FROM generate_series(12, 1, -1) AS n
    ), people AS (
        SELECT w.week, p.user_id, p.entries,
               NOT EXISTS (
                   SELECT FROM mend.insight_periods AS e
                   WHERE e.user_id = p.user_id AND e.unit = 'week' AND e.first_day < w.week
               ) AS is_new,
               EXISTS (
                   SELECT FROM mend.insight_periods AS l
                   WHERE l.user_id = p.user_id AND l.unit = 'week' AND l.first_day = w.week + 28
               ) AS came_back
        FROM weeks AS w JOIN mend.insight_periods AS p ON p.unit = 'week' AND p.first_day = w.week
    ), activity AS (
        SELECT p.week, count(*)::integer AS people, sum(p.entries)::integer AS entries,
               (count(*) FILTER (WHERE p.is_new))::integer AS started,
               (count(*) FILTER (WHERE p.is_new AND p.came_back))::integer AS returned
        FROM people AS p GROUP BY p.week
    ), plans AS (
        SELECT date_trunc('week', d.local_date::timestamp)::date AS week, count(DISTINCT a.user_id) AS people,
               count(*)::integer AS due, (count(*) FILTER (WHERE a.status = 'done'))::integer AS done
        FROM public.plan_days AS d JOIN public.plan_activities AS a USING (user_id, plan_id, day)
        WHERE d.local_date >= this_week - 84 AND d.local_date < this_week AND a.status IN ('done', 'skipped', 'missed')
        GROUP BY 1
    ), parked AS (
        SELECT date_trunc('week', l.parked_at AT TIME ZONE 'UTC')::date AS week, count(*)::integer AS events
        FROM mend.dead_letters AS l WHERE l.parked_at >= now - interval '13 weeks' GROUP BY 1
    )
    SELECT w.week, CASE WHEN a.people >= 10 THEN a.people END, CASE WHEN a.people >= 10 THEN a.entries END,
           CASE WHEN a.started >= 10 THEN a.started END, CASE WHEN a.returned >= 10 THEN a.returned END,
           CASE WHEN p.people >= 10 THEN p.due END, CASE WHEN p.people >= 10 THEN p.done END,
           coalesce(x.events, 0)
    FROM weeks AS w LEFT JOIN activity AS a USING (week) LEFT JOIN plans AS p USING (week)
    LEFT JOIN parked AS x USING (week)
    ORDER BY w.week;
END
$$;

GRANT EXECUTE ON FUNCTION mend.product_metrics(timestamptz) TO mend_user;
