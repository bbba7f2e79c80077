-- A check-in and a feed take fewer statements, because each one is planned or started anew: the question of a review comes
-- with their context, the consent is read once, and a streak that stays is not written. What a transaction in the role
-- of a person begins with is one function. The functions of before stay for the release before this one.

-- Fails with PT401 if the person of these claims was erased, and with PT402 if the session was signed out.
CREATE FUNCTION mend.refuse_gone(claims text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    token constant jsonb := nullif(claims, '');
    session constant uuid := token ->> 'session_id';
BEGIN
    IF EXISTS (SELECT FROM mend.erasures AS e WHERE e.digest = mend.person_digest((token ->> 'sub')::uuid)) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT401', MESSAGE = 'account erased';
    END IF;
    IF session IS NOT NULL AND NOT EXISTS (SELECT FROM auth.sessions AS s WHERE s.id = session) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT402', MESSAGE = 'signed out';
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.refuse_gone(text) TO mend_app, mend_user, mend_service;

-- shown: [[day since 1970, [content_id]]], at most eight lists of the three days before `at`, the newest first. Only `with_lists`:
-- the caller knows whether the person agrees to personalisation.
-- planned: the items of today's day of the active plan, also those that are done, skipped or swapped.
CREATE FUNCTION mend.met_lately(
    person uuid, at timestamptz, timezone text, day_starts_at time, with_lists boolean,
    OUT shown json, OUT planned uuid[]
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_column
BEGIN
    IF with_lists THEN
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

GRANT EXECUTE ON FUNCTION mend.met_lately(uuid, timestamptz, text, time, boolean) TO mend_user, mend_service;

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
    OUT has_plan boolean, OUT better_days json
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
    safety_plan := (in_care OR question IS NOT NULL)
        AND EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = me);

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
    OUT safety_plan boolean, OUT question text, OUT question_variant integer, OUT shown json, OUT planned uuid[]
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
    safety_plan := (in_care OR question IS NOT NULL)
        AND EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = person);
    -- Lists of this hour do not count, so that a feed stays the same within it.
    SELECT m.shown, m.planned INTO shown, planned
    FROM mend.met_lately(
        person, date_trunc('hour', now, 'UTC'), timezone, day_starts_at, mend.has_consent(person, 'personalisation')
    ) AS m;
END
$$;

GRANT EXECUTE ON FUNCTION mend.feed_context(uuid, timestamptz) TO mend_user, mend_service;

-- A streak without a last day stays as it is.
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
    IF streak_last_day IS NOT NULL THEN
        INSERT INTO public.user_streaks AS s (user_id, current, longest, last_day, timezone, day_starts_at, updated_at)
        VALUES (me, streak_current, streak_longest, streak_last_day, timezone, day_starts_at, now)
        ON CONFLICT (user_id) DO UPDATE
            SET current = excluded.current, longest = excluded.longest, last_day = excluded.last_day,
                timezone = excluded.timezone, day_starts_at = excluded.day_starts_at, updated_at = excluded.updated_at;
    END IF;
    INSERT INTO public.recommendations (user_id, id, mood_entry_id, items, created_at)
    VALUES (me, recommendation_id, entry_id, recommended_items, now);
    PERFORM mend.count_entries(1, 0, now);
    INSERT INTO mend.outbox (id, type, user_id, occurred_at, data) VALUES (event_id, 'mood.recorded', me, now, event);
END
$$;

GRANT EXECUTE ON FUNCTION mend.store_checkin(
    uuid, text, integer, text, text[], timestamptz, text, date, timestamptz, time,
    integer, integer, date, uuid, jsonb, uuid, timestamptz, jsonb) TO mend_user;
