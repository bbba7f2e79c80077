-- The age band comes with the context of a check-in and of a feed. A pooler keeps no plans, so what a request asks for is
-- planned anew each time, and a function in SQL is then read and put in its place. Within these functions plans are kept.

DROP FUNCTION mend.checkin_context(uuid, timestamptz);
CREATE FUNCTION mend.checkin_context(
    entry_id uuid, now timestamptz,
    OUT timezone text, OUT day_starts_at time, OUT country text, OUT locale text, OUT streaks_enabled boolean,
    OUT streak_current integer, OUT streak_longest integer, OUT streak_last_day date,
    OUT streak_timezone text, OUT streak_day_starts_at time,
    OUT recorded boolean, OUT deleted boolean, OUT in_care boolean, OUT safety_plan boolean,
    OUT question text, OUT question_variant integer,
    OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[],
    OUT made_today integer, OUT made integer, OUT imported integer, OUT shown json, OUT planned uuid[],
    OUT has_plan boolean, OUT better_days json, OUT age_band text
)
LANGUAGE plpgsql SET search_path = ''
AS $$
#variable_conflict use_column
DECLARE
    me constant uuid := mend.uid();
    personal constant boolean := mend.has_consent(me, 'personalisation');
BEGIN
    SELECT p.timezone, p.day_starts_at, p.country, p.locale, p.streaks_enabled, p.interests, p.avoid
    INTO timezone, day_starts_at, country, locale, streaks_enabled, interests, avoid
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

    IF personal THEN
        SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l
        WHERE l.user_id = me;
        better_days := mend.better_days(me, now);
    END IF;
    SELECT q.code, q.variant INTO question, question_variant FROM mend.open_question(me, now) AS q;
    in_care := EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = me AND c.ends_at > now);
    safety_plan := false;
    IF in_care OR question IS NOT NULL THEN
        safety_plan := EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = me);
        age_band := mend.counted_age_band(me);
    END IF;

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

    has_plan := EXISTS (SELECT FROM public.elevation_plans AS p WHERE p.user_id = me AND p.status = 'active');
    SELECT m.shown, m.planned INTO shown, planned FROM mend.met_lately(me, now, timezone, day_starts_at, personal) AS m;
END
$$;

GRANT EXECUTE ON FUNCTION mend.checkin_context(uuid, timestamptz) TO mend_user;

DROP FUNCTION mend.feed_context(uuid, timestamptz);
CREATE FUNCTION mend.feed_context(
    person uuid, now timestamptz,
    OUT timezone text, OUT country text, OUT locale text, OUT entry_id uuid, OUT mood text, OUT in_care boolean,
    OUT safety_plan boolean, OUT question text, OUT question_variant integer, OUT shown json, OUT planned uuid[],
    OUT age_band text
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_column
DECLARE
    day_starts_at time;
BEGIN
    SELECT p.timezone, p.country, p.locale, p.day_starts_at INTO timezone, country, locale, day_starts_at
    FROM public.user_profiles AS p WHERE p.user_id = person;
    timezone := coalesce(timezone, 'UTC');
    SELECT e.id, e.mood INTO entry_id, mood
    FROM public.mood_entries AS e WHERE e.user_id = person
    ORDER BY e.occurred_at DESC, e.id DESC
    LIMIT 1;
    SELECT q.code, q.variant INTO question, question_variant FROM mend.open_question(person, now) AS q;
    in_care := EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = person AND c.ends_at > now);
    safety_plan := false;
    IF in_care OR question IS NOT NULL THEN
        safety_plan := EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = person);
        age_band := mend.counted_age_band(person);
    END IF;
    -- Lists of this hour do not count, so that a feed stays the same within it.
    SELECT m.shown, m.planned INTO shown, planned
    FROM mend.met_lately(
        person, date_trunc('hour', now, 'UTC'), timezone, day_starts_at, mend.has_consent(person, 'personalisation')
    ) AS m;
END
$$;

GRANT EXECUTE ON FUNCTION mend.feed_context(uuid, timestamptz) TO mend_user, mend_service;
