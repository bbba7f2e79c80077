-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- How many entries a person has made: on the latest day (in UTC, by the clock of the server) and ever, and how many they
-- have imported. A deletion does not lower the counts. `checkin` refuses entries above its limits.
CREATE TABLE mend.entry_counts (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    day date NOT NULL,
    made_on_day integer NOT NULL,
    made integer NOT NULL,
    imported integer NOT NULL
);

ALTER TABLE mend.entry_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.entry_counts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON mend.entry_counts TO mend_user;
CREATE POLICY own ON mend.entry_counts TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));

INSERT INTO mend.entry_counts (user_id, day, made_on_day, made, imported)
SELECT user_id, '-infinity', 0, count(*) FILTER (WHERE source = 'app'), count(*) FILTER (WHERE source = 'import')
FROM public.mood_entries
GROUP BY user_id;

-- Adds new entries to the counts. A day before the counted one adds to that one: no clock can start a new day twice.
CREATE FUNCTION mend.count_entries(new_made integer, new_imported integer, now timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
    today constant date := (now AT TIME ZONE 'UTC')::date;
BEGIN
    INSERT INTO mend.entry_counts AS c (user_id, day, made_on_day, made, imported)
    VALUES (mend.uid(), today, new_made, new_made, new_imported)
    ON CONFLICT (user_id) DO UPDATE
        SET day = greatest(c.day, today),
            made_on_day = CASE WHEN c.day >= today THEN c.made_on_day ELSE 0 END + new_made,
            made = c.made + new_made, imported = c.imported + new_imported;
END
$$;

GRANT EXECUTE ON FUNCTION mend.count_entries(integer, integer, timestamptz) TO mend_user;

-- As before, and returns the counts of the person's entries. They cannot change until the transaction ends.
DROP FUNCTION mend.checkin_context(uuid, timestamptz);
CREATE FUNCTION mend.checkin_context(
    entry_id uuid, now timestamptz,
    OUT timezone text, OUT day_starts_at time, OUT country text, OUT streaks_enabled boolean,
    OUT streak_current integer, OUT streak_longest integer, OUT streak_last_day date,
    OUT streak_timezone text, OUT streak_day_starts_at time,
    OUT recorded boolean, OUT deleted boolean, OUT in_danger boolean,
    OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[],
    OUT made_today integer, OUT made integer, OUT imported integer
)
LANGUAGE plpgsql SET search_path = ''
AS $$
#variable_conflict use_column
DECLARE
    me constant uuid := mend.uid();
BEGIN
    SELECT p.timezone, p.day_starts_at, p.country, p.streaks_enabled, p.interests, p.avoid
    INTO timezone, day_starts_at, country, streaks_enabled, interests, avoid
    FROM public.user_profiles AS p WHERE p.user_id = me;
    IF NOT FOUND THEN
        timezone := 'UTC'; day_starts_at := '00:00'; streaks_enabled := true;
    END IF;

    PERFORM pg_advisory_xact_lock(mend.lock_key('streak', me::text));
    SELECT s.current, s.longest, s.last_day, s.timezone, s.day_starts_at
    INTO streak_current, streak_longest, streak_last_day, streak_timezone, streak_day_starts_at
    FROM public.user_streaks AS s WHERE s.user_id = me;
    IF NOT FOUND THEN
        streak_current := 0; streak_longest := 0;
    END IF;

    SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l
    WHERE l.user_id = me;
    in_danger := EXISTS (
        SELECT FROM public.notification_settings AS n WHERE n.user_id = me AND n.silent_until > now
    );

    SELECT CASE WHEN c.day >= (now AT TIME ZONE 'UTC')::date THEN c.made_on_day ELSE 0 END, c.made, c.imported
    INTO made_today, made, imported
    FROM mend.entry_counts AS c WHERE c.user_id = me;
    IF NOT FOUND THEN
        made_today := 0; made := 0; imported := 0;
    END IF;

    IF entry_id IS NOT NULL THEN
        recorded := EXISTS (SELECT FROM public.mood_entries AS e WHERE e.user_id = me AND e.id = entry_id);
        deleted := EXISTS (SELECT FROM public.mood_tombstones AS t WHERE t.user_id = me AND t.id = entry_id);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.checkin_context(uuid, timestamptz) TO mend_user;

-- As before, and counts the entry.
DROP FUNCTION mend.store_checkin(
    uuid, text, integer, text, text[], timestamptz, text, date, timestamptz, time,
    integer, integer, date, uuid, jsonb, uuid, timestamptz, jsonb);
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
    PERFORM mend.count_entries(1, 0, now);
    INSERT INTO mend.outbox (id, type, user_id, occurred_at, data) VALUES (event_id, 'mood.recorded', me, now, event);
END
$$;

GRANT EXECUTE ON FUNCTION mend.store_checkin(
    uuid, text, integer, text, text[], timestamptz, text, date, timestamptz, time,
    integer, integer, date, uuid, jsonb, uuid, timestamptz, jsonb) TO mend_user;

-- The index also has what a count of the streak reads.
CREATE INDEX mood_entries_newest_first ON public.mood_entries (user_id, occurred_at DESC, id DESC)
    INCLUDE (timezone, local_date);
DROP INDEX public.mood_entries_newest;

-- Counts the run of dates with an entry that ends on the last of them, and the longest run ever, by the present zone and
-- start of the day of the person. A flight west over the date line skips a date on which nobody could check in, and so
-- can an earlier start of the day. An entry therefore counts for its own date and for every date up to the one that it
-- has in the zone of the next entry. Python may know a zone that this Postgres does not; skipped dates then do not count.
CREATE FUNCTION mend.count_streak(
    person uuid, present_zone text, day_starts_at time, OUT current integer, OUT longest integer, OUT last_day date
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
DECLARE
    days date[];
BEGIN
    BEGIN
        WITH entries AS (
            SELECT e.local_date, e.occurred_at,
                   lag(e.timezone, 1, present_zone) OVER (ORDER BY e.occurred_at DESC, e.id DESC) AS next_zone
            FROM public.mood_entries AS e WHERE e.user_id = person
        ), covered AS (
            SELECT DISTINCT e.local_date, ((e.occurred_at AT TIME ZONE e.next_zone) - day_starts_at)::date AS until
            FROM entries AS e
        )
        SELECT ARRAY(
            SELECT c.local_date FROM covered AS c
            UNION
            SELECT c.local_date + n FROM covered AS c, generate_series(1, c.until - c.local_date) AS n
            WHERE c.until > c.local_date
        ) INTO days;
    EXCEPTION WHEN invalid_parameter_value THEN
        days := ARRAY(SELECT DISTINCT e.local_date FROM public.mood_entries AS e WHERE e.user_id = person);
    END;
    WITH runs AS (
        SELECT max(d.day) AS ends_on, count(*)::integer AS length
        FROM (SELECT u.day, u.day - row_number() OVER (ORDER BY u.day)::integer AS run FROM unnest(days) AS u (day)) AS d
        GROUP BY d.run
    )
    SELECT coalesce((array_agg(r.length ORDER BY r.ends_on DESC))[1], 0), coalesce(max(r.length), 0), max(r.ends_on)
    INTO current, longest, last_day FROM runs AS r;
END
$$;

GRANT EXECUTE ON FUNCTION mend.count_streak(uuid, text, time) TO mend_user, mend_service;
