-- What a person has agreed to, by purpose. Every decision is a row, and none is ever changed: the latest one counts;
-- without one, `mend.consent_purposes` decides. functions/account/consents has the purposes and their texts.
CREATE TABLE public.consents (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    number bigint GENERATED ALWAYS AS IDENTITY,
    purpose text NOT NULL,
    granted boolean NOT NULL,
    version date NOT NULL, -- of the text that the person was shown
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose, number)
);

ALTER TABLE public.consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.consents FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.consents FROM anon, authenticated;
GRANT SELECT, INSERT ON public.consents TO mend_user;
GRANT SELECT ON public.consents TO mend_service;
CREATE POLICY own ON public.consents TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.consents FOR SELECT TO mend_service USING (true);

-- From which version on an agreement holds. A text that describes another use of data gets a new version, and a migration
-- that raises this date: until the person agrees anew, nothing is read or stored for the purpose.
CREATE TABLE mend.consent_purposes (
    purpose text PRIMARY KEY,
    valid_since date NOT NULL,
    asked_at_sign_up boolean NOT NULL -- the app shows its text to whoever signs up: it is on until a decision is recorded
);

INSERT INTO mend.consent_purposes
SELECT purpose, date '2026-11-27', purpose NOT IN ('ai', 'analytics')
FROM unnest(ARRAY['service', 'personalisation', 'insights', 'ai', 'analytics', 'messages']) AS purpose;

ALTER TABLE mend.consent_purposes ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.consent_purposes FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mend.consent_purposes TO mend_user, mend_service;
CREATE POLICY everyone ON mend.consent_purposes FOR SELECT TO mend_user, mend_service USING (true);

-- Tells whether the person agrees to this purpose now.
CREATE FUNCTION mend.has_consent(person uuid, wanted text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
BEGIN
    RETURN coalesce((
        SELECT c.granted AND c.version >= (SELECT p.valid_since FROM mend.consent_purposes AS p WHERE p.purpose = wanted)
        FROM public.consents AS c
        WHERE c.user_id = person AND c.purpose = wanted
        ORDER BY c.number DESC
        LIMIT 1
    ), (SELECT p.asked_at_sign_up FROM mend.consent_purposes AS p WHERE p.purpose = wanted), false);
END
$$;

GRANT EXECUTE ON FUNCTION mend.has_consent(uuid, text) TO mend_user, mend_service;

-- Fails unless the person of this transaction agrees to the purpose. The statements after it are not executed then.
CREATE FUNCTION mend.require_consent(wanted text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
BEGIN
    IF NOT mend.has_consent(mend.uid(), wanted) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT403', MESSAGE = wanted;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.require_consent(text) TO mend_user;

-- personalisation: what was learned about a person is read with their consent only.
DROP FUNCTION mend.checkin_context(uuid, timestamptz);
CREATE FUNCTION mend.checkin_context(
    entry_id uuid, now timestamptz,
    OUT timezone text, OUT day_starts_at time, OUT country text, OUT locale text, OUT streaks_enabled boolean,
    OUT streak_current integer, OUT streak_longest integer, OUT streak_last_day date,
    OUT streak_timezone text, OUT streak_day_starts_at time,
    OUT recorded boolean, OUT deleted boolean, OUT in_care boolean, OUT safety_plan boolean,
    OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[],
    OUT made_today integer, OUT made integer, OUT imported integer
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
END
$$;

GRANT EXECUTE ON FUNCTION mend.checkin_context(uuid, timestamptz) TO mend_user;

DROP FUNCTION mend.person_knowledge(uuid);
CREATE FUNCTION mend.person_knowledge(
    person uuid, OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[]
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_column
BEGIN
    IF mend.has_consent(person, 'personalisation') THEN
        SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l
        WHERE l.user_id = person;
    END IF;
    SELECT p.interests, p.avoid INTO interests, avoid FROM public.user_profiles AS p WHERE p.user_id = person;
END
$$;

GRANT EXECUTE ON FUNCTION mend.person_knowledge(uuid) TO mend_user, mend_service;

GRANT DELETE ON mend.person_learning TO mend_service;

GRANT DELETE ON mend.insight_people, public.insights TO mend_service;
