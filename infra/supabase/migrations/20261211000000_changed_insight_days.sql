-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- The sums of a person's entries are counted when somebody asks for them, and each hour. An entry that changes only
-- records its day, in its own transaction, so that no event has to arrive first.

CREATE TABLE mend.changed_insight_days (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    day date -- NULL: all days
);
CREATE INDEX changed_insight_days_person ON mend.changed_insight_days (user_id);

ALTER TABLE mend.changed_insight_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.changed_insight_days FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mend.changed_insight_days TO mend_service;
CREATE POLICY service ON mend.changed_insight_days FOR SELECT TO mend_service USING (true);

-- Entries of 0.1.0 were never counted. The migration `insights` has added everybody who has some to this list.
INSERT INTO mend.changed_insight_days (user_id) SELECT p.user_id FROM mend.insight_people AS p;

-- A row for each change, and none is ever updated: nobody waits for another one, and a count takes away only what it
-- has seen. Entries that go with their account leave no changed days. `days` is materialized, because the planner would
-- otherwise ask for the account of each entry.
CREATE FUNCTION mend.record_changed_days() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    WITH days AS MATERIALIZED (SELECT DISTINCT c.user_id, c.local_date FROM changed AS c)
    INSERT INTO mend.changed_insight_days (user_id, day)
    SELECT d.user_id, d.local_date FROM days AS d WHERE TG_OP <> 'DELETE' OR mend.has_account(d.user_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER record_new_days AFTER INSERT ON public.mood_entries REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mend.record_changed_days();
CREATE TRIGGER record_former_days AFTER UPDATE ON public.mood_entries REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mend.record_changed_days();
CREATE TRIGGER record_later_days AFTER UPDATE ON public.mood_entries REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mend.record_changed_days();
CREATE TRIGGER record_deleted_days AFTER DELETE ON public.mood_entries REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mend.record_changed_days();

-- Days are counted by their date, so that nothing needs to know which entries they had.
DROP FUNCTION mend.roll_up_entries(uuid, uuid[], jsonb);
ALTER TABLE mend.insight_days DROP COLUMN entry_ids;

-- Counts these days again, or all for NULL, and the weeks, months and years around them. Returns how many rows differed
-- from what was stored: 0 if the sums were right. `coordinates` has the valence and arousal of each mood. A person
-- without sums is counted from their first entry on. The caller holds the lock `insight_days` of the person. The joins
-- are of many rows that the planner cannot foresee: nested loops would take minutes after a large import. To plan them
-- anew each time takes a third of the time of counting a day.
CREATE FUNCTION mend.roll_up_days(person uuid, touched date[], coordinates jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = '' SET jit = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    differing integer := 0;
    n integer;
BEGIN
    IF touched IS NULL OR NOT EXISTS (SELECT FROM mend.insight_days AS d WHERE d.user_id = person) THEN
        touched := ARRAY(
            SELECT e.local_date FROM public.mood_entries AS e WHERE e.user_id = person
            UNION
            SELECT d.day FROM mend.insight_days AS d WHERE d.user_id = person
        );
    END IF;

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
                   row_number() OVER (
                       PARTITION BY v.day ORDER BY count(DISTINCT v.id) DESC, f.factor COLLATE "C"
                   ) AS place
            FROM valued AS v, unnest(v.factors) AS f (factor) GROUP BY v.day, f.factor
        ) AS c WHERE c.place <= 300 GROUP BY c.day
    ), days AS (
        SELECT v.day, count(*)::integer AS entries,
               (count(*) FILTER (WHERE v.factors <> '{}'))::integer AS tagged_entries,
               sum(v.value) AS value_sum, sum(v.arousal) AS arousal_sum, min(v.value) AS lowest, max(v.value) AS highest
        FROM valued AS v GROUP BY v.day
    )
    INSERT INTO mend.insight_days AS d (user_id, day, entries, tagged_entries, value_sum, arousal_sum, lowest, highest,
                                        moods, factors)
    SELECT person, day, entries, tagged_entries, value_sum, arousal_sum, lowest, highest, m.moods,
           coalesce(f.factors, '{}')
    FROM days JOIN moods AS m USING (day) LEFT JOIN factors AS f USING (day)
    ON CONFLICT (user_id, day) DO UPDATE
        SET entries = excluded.entries, tagged_entries = excluded.tagged_entries, value_sum = excluded.value_sum,
            arousal_sum = excluded.arousal_sum, lowest = excluded.lowest, highest = excluded.highest,
            moods = excluded.moods, factors = excluded.factors
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

GRANT EXECUTE ON FUNCTION mend.roll_up_days(uuid, date[], jsonb) TO mend_service;

-- The job computes the insights of the person again in their next night.
CREATE FUNCTION mend.mark_insights_stale(person uuid, now timestamptz) RETURNS void
LANGUAGE sql SET search_path = ''
AS $$
    INSERT INTO mend.insight_people AS p (user_id, stale_since, due_at)
    VALUES (person, now, mend.next_insight_night(person, now))
    ON CONFLICT (user_id) DO UPDATE
        SET stale_since = greatest(p.stale_since, excluded.stale_since), due_at = coalesce(p.due_at, excluded.due_at)
$$;

GRANT EXECUTE ON FUNCTION mend.mark_insights_stale(uuid, timestamptz) TO mend_user, mend_service;

-- Counts what has changed of a person since the last time. Returns false if their data do not allow it: the changed
-- days and the sums then stay as they were. Whoever does not agree to insights, or is being erased, has no sums.
CREATE FUNCTION mend.count_changed_days(person uuid, coordinates jsonb, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    changed date[];
BEGIN
    IF NOT EXISTS (SELECT FROM mend.changed_insight_days AS d WHERE d.user_id = person) THEN
        RETURN true;
    END IF;
    PERFORM pg_advisory_xact_lock(mend.lock_key('insight_days', person::text));
    WITH taken AS (DELETE FROM mend.changed_insight_days AS d WHERE d.user_id = person RETURNING d.day)
    SELECT array_agg(DISTINCT t.day) INTO changed FROM taken AS t;
    IF changed IS NULL OR NOT mend.has_account(person) OR NOT mend.has_consent(person, 'insights') THEN
        RETURN true;
    END IF;
    changed := CASE WHEN array_position(changed, NULL) IS NULL THEN changed END;
    IF mend.roll_up_days(person, changed, coordinates) > 0 THEN
        PERFORM mend.mark_insights_stale(person, now);
    END IF;
    RETURN true;
EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
    RAISE LOG 'mend.count_changed_days: %', SQLSTATE;
    RETURN false;
END
$$;

GRANT EXECUTE ON FUNCTION mend.count_changed_days(uuid, jsonb, timestamptz) TO mend_service;

CREATE FUNCTION mend.count_own_changed_days(coordinates jsonb, now timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$ SELECT mend.count_changed_days(mend.uid(), coordinates, now) $$;

GRANT EXECUTE ON FUNCTION mend.count_own_changed_days(jsonb, timestamptz) TO mend_user;
