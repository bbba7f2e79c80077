-- Returns all that a check-in reads at its start, in one round trip. It is a function, because a session keeps the
-- query plans of a function. As a statement of the client, the same takes twice as long, and nearly all of that time is
-- planning (docs/decisions.md). The function locks the streak until the transaction ends, so that the check-ins of a
-- person count one after the other. It takes an advisory lock, because a row lock would write to the WAL although the
-- row is only read.
CREATE FUNCTION mend.checkin_context(
    entry_id uuid, now timestamptz,
    OUT timezone text, OUT day_starts_at time, OUT country text, OUT streaks_enabled boolean,
    OUT streak_current integer, OUT streak_longest integer, OUT streak_last_day date,
    OUT streak_timezone text, OUT streak_day_starts_at time,
    OUT recorded boolean, OUT deleted boolean, OUT in_danger boolean,
    OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[]
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

    SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l WHERE l.user_id = me;
    in_danger := EXISTS (
        SELECT FROM public.notification_settings AS n WHERE n.user_id = me AND n.silent_until > now
    );

    IF entry_id IS NOT NULL THEN
        recorded := EXISTS (SELECT FROM public.mood_entries AS e WHERE e.user_id = me AND e.id = entry_id);
        deleted := EXISTS (SELECT FROM public.mood_tombstones AS t WHERE t.user_id = me AND t.id = entry_id);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.checkin_context(uuid, timestamptz) TO mend_user;

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
