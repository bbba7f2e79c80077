-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- Sessions of a person, and what the account is. Both are rows of Supabase Auth, which no other role may read.

-- Fails with PT402 if the session was signed out. Each transaction in the role of a person begins with it. A token that
-- Supabase Auth has issued always names its session; an event has none.
CREATE FUNCTION mend.refuse_signed_out(session uuid) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF session IS NOT NULL AND NOT EXISTS (SELECT FROM auth.sessions AS s WHERE s.id = session) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT402', MESSAGE = 'signed out';
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.refuse_signed_out(uuid) TO mend_app, mend_user, mend_service;

-- Returns the session of the token of this transaction, or NULL.
CREATE FUNCTION mend.session_id() RETURNS uuid
LANGUAGE sql STABLE
RETURN (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'session_id')::uuid;

GRANT EXECUTE ON FUNCTION mend.session_id() TO mend_user;

-- Returns the newest sessions of the person of this transaction. `refreshed_at` of Supabase Auth has no time zone.
CREATE FUNCTION mend.own_sessions(max_sessions integer) RETURNS TABLE (
    id uuid, user_agent text, ip text, created_at timestamptz, used_at timestamptz, current boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
    SELECT s.id, s.user_agent, host(s.ip), s.created_at,
           greatest(s.created_at, s.updated_at, s.refreshed_at AT TIME ZONE 'UTC') AS used_at,
           s.id IS NOT DISTINCT FROM mend.session_id()
    FROM auth.sessions AS s
    WHERE s.user_id = mend.uid()
    ORDER BY used_at DESC, s.id
    LIMIT max_sessions
$$;

GRANT EXECUTE ON FUNCTION mend.own_sessions(integer) TO mend_user;

-- Signs a session of the person of this transaction out. Its refresh tokens go with it. Returns false if there is no such
-- session of theirs.
CREATE FUNCTION mend.end_session(session uuid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    WITH ended AS (DELETE FROM auth.sessions AS s WHERE s.id = session AND s.user_id = mend.uid() RETURNING s.id)
    SELECT EXISTS (SELECT FROM ended)
$$;

GRANT EXECUTE ON FUNCTION mend.end_session(uuid) TO mend_user;

-- The age band decides whether a person may consent for themselves. Nobody has to tell it.
ALTER TABLE public.user_profiles
    ADD COLUMN age_band text CHECK (age_band IN ('under_13', '13_to_15', '16_to_17', '18_or_over'));

-- Returns the account of the person of this transaction, and which steps of the beginning are done.
CREATE FUNCTION mend.own_account() RETURNS TABLE (
    email text, email_state text, is_anonymous boolean, sign_in_methods text[], age_band text,
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
           p.age_band, u.created_at,
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
