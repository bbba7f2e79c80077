-- deploy: check-ins wait while this index is built, once
-- What a list should not repeat: the items of the last lists, and those of today's plan.

-- Each list reads the ones before it.
CREATE INDEX recommendations_newest ON public.recommendations (user_id, created_at DESC);

-- shown: [[day since 1970, [content_id]]], at most eight lists of the three days before `at`, the newest first. Only with
-- the consent to personalisation.
-- planned: the items of today's day of the active plan, also those that are done, skipped or swapped.
CREATE FUNCTION mend.met_lately(
    person uuid, at timestamptz, timezone text, day_starts_at time, OUT shown json, OUT planned uuid[]
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_column
BEGIN
    IF mend.has_consent(person, 'personalisation') THEN
        SELECT json_agg(json_build_array(extract(epoch FROM list.created_at) / 86400, list.ids)) INTO shown
        FROM (
            SELECT r.created_at, jsonb_path_query_array(r.items, '$[0 to 4].content_id') AS ids
            FROM public.recommendations AS r
            WHERE r.user_id = person AND r.created_at < at AND r.created_at > at - interval '3 days'
            ORDER BY r.created_at DESC
            LIMIT 8
        ) AS list;
    END IF;
    SELECT array_agg(a.content_id) INTO planned
    FROM public.elevation_plans AS p
    JOIN public.plan_activities AS a ON a.user_id = person AND a.plan_id = p.id
        AND a.day = (at AT TIME ZONE timezone - coalesce(day_starts_at, '00:00'))::date - p.start_date + 1
    WHERE p.user_id = person AND p.status = 'active';
END
$$;

GRANT EXECUTE ON FUNCTION mend.met_lately(uuid, timestamptz, text, time) TO mend_user, mend_service;

DROP FUNCTION mend.checkin_context(uuid, timestamptz);
CREATE FUNCTION mend.checkin_context(
    entry_id uuid, now timestamptz,
    OUT timezone text, OUT day_starts_at time, OUT country text, OUT locale text, OUT streaks_enabled boolean,
    OUT streak_current integer, OUT streak_longest integer, OUT streak_last_day date,
    OUT streak_timezone text, OUT streak_day_starts_at time,
    OUT recorded boolean, OUT deleted boolean, OUT in_care boolean, OUT safety_plan boolean,
    OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[],
    OUT made_today integer, OUT made integer, OUT imported integer, OUT shown json, OUT planned uuid[]
)
LANGUAGE plpgsql SET search_path = ''
AS $$
#variable_conflict use_column
DECLARE
    me constant uuid := mend.uid();
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

    IF mend.has_consent(me, 'personalisation') THEN
        SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l
        WHERE l.user_id = me;
    END IF;
    in_care := EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = me AND c.ends_at > now);
    safety_plan := in_care AND EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = me);

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

    SELECT m.shown, m.planned INTO shown, planned FROM mend.met_lately(me, now, timezone, day_starts_at) AS m;
END
$$;

GRANT EXECUTE ON FUNCTION mend.checkin_context(uuid, timestamptz) TO mend_user;

DROP FUNCTION mend.feed_context(uuid, timestamptz);
CREATE FUNCTION mend.feed_context(
    person uuid, now timestamptz,
    OUT timezone text, OUT country text, OUT locale text, OUT entry_id uuid, OUT mood text, OUT in_care boolean,
    OUT safety_plan boolean, OUT shown json, OUT planned uuid[]
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
    in_care := EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = person AND c.ends_at > now);
    safety_plan := in_care AND EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = person);
    -- Lists of this hour do not count, so that a feed stays the same within it.
    SELECT m.shown, m.planned INTO shown, planned
    FROM mend.met_lately(person, date_trunc('hour', now, 'UTC'), timezone, day_starts_at) AS m;
END
$$;

GRANT EXECUTE ON FUNCTION mend.feed_context(uuid, timestamptz) TO mend_user, mend_service;
