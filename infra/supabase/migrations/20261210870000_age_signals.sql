-- What an app store says about a person's age: only the band that it means (functions/account/identity/age_signals.py).
CREATE TABLE mend.age_signals (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    band text NOT NULL CHECK (band IN ('under_13', '13_to_15', '16_to_17', '18_or_over')),
    received_at timestamptz NOT NULL
);

ALTER TABLE mend.age_signals ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.age_signals FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON mend.age_signals TO mend_user;
GRANT SELECT ON mend.age_signals TO mend_service;
CREATE POLICY own ON mend.age_signals TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.age_signals FOR SELECT TO mend_service USING (true);

-- The band that counts everywhere: the younger one of what the person and their app store say, or the only one. NULL: unknown.
CREATE FUNCTION mend.counted_age_band(person uuid) RETURNS text
LANGUAGE sql STABLE
RETURN (
    SELECT known.band
    FROM (
        SELECT p.age_band FROM public.user_profiles AS p WHERE p.user_id = person
        UNION ALL
        SELECT s.band FROM mend.age_signals AS s WHERE s.user_id = person
    ) AS known (band)
    WHERE known.band IS NOT NULL
    ORDER BY array_position(ARRAY['under_13', '13_to_15', '16_to_17', '18_or_over'], known.band)
    LIMIT 1
);

GRANT EXECUTE ON FUNCTION mend.counted_age_band(uuid) TO mend_user;

-- The account says both.
DROP FUNCTION mend.own_account();
CREATE FUNCTION mend.own_account() RETURNS TABLE (
    email text, email_state text, is_anonymous boolean, sign_in_methods text[], age_band text, age_signal text,
    created_at timestamptz, last_seen_at timestamptz,
    consented boolean, has_profile boolean, has_interests boolean, has_entry boolean, has_plan boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
    SELECT nullif(u.email, ''),
           CASE WHEN coalesce(u.email, '') = '' THEN 'none'
                WHEN u.email_confirmed_at IS NULL THEN 'unconfirmed'
                ELSE 'confirmed' END,
           u.is_anonymous,
           ARRAY(
               SELECT jsonb_array_elements_text(
                   CASE WHEN jsonb_typeof(u.raw_app_meta_data -> 'providers') = 'array'
                        THEN u.raw_app_meta_data -> 'providers' ELSE '[]' END
               )
           ),
           p.age_band, (SELECT s.band FROM mend.age_signals AS s WHERE s.user_id = u.id), u.created_at,
           greatest(
               u.created_at, u.last_sign_in_at,
               (SELECT max(greatest(s.updated_at, s.refreshed_at AT TIME ZONE 'UTC')) FROM auth.sessions AS s
                WHERE s.user_id = u.id),
               (SELECT max(d.seen_at) FROM public.devices AS d WHERE d.user_id = u.id)
           ),
           mend.has_consent(u.id, 'service'), p.user_id IS NOT NULL,
           coalesce(cardinality(p.interests) + cardinality(p.avoid) > 0, false),
           EXISTS (SELECT FROM public.mood_entries AS e WHERE e.user_id = u.id),
           EXISTS (SELECT FROM public.elevation_plans AS l WHERE l.user_id = u.id)
    FROM auth.users AS u LEFT JOIN public.user_profiles AS p ON p.user_id = u.id
    WHERE u.id = mend.uid()
$$;

GRANT EXECUTE ON FUNCTION mend.own_account() TO mend_user;
