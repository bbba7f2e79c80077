-- Who may connect, and what they become (docs/decisions.md, "Three database roles").
--   mend_app      logs in, may do nothing itself, and becomes one of the two below for a transaction
--   mend_user     an HTTP request on behalf of a person: row-level security on their own rows
--   mend_service  jobs and event consumers, by policies of their own
-- Supabase's `authenticated` only ever reads its own rows, so that nobody writes past the functions.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_user') THEN
        CREATE ROLE mend_user NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_service') THEN
        CREATE ROLE mend_service NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_app') THEN
        CREATE ROLE mend_app LOGIN NOINHERIT; -- its password is set by hand, outside of any file
    END IF;
END
$$;

GRANT mend_user, mend_service TO mend_app;

-- Settings of the login, so that they hold behind a transaction pooler, too, and cost no statement of their own.
ALTER ROLE mend_app SET statement_timeout = '20s';
ALTER ROLE mend_app SET lock_timeout = '2s';
ALTER ROLE mend_app SET idle_in_transaction_session_timeout = '30s';

CREATE SCHEMA mend; -- what the public REST endpoint never shows
GRANT USAGE ON SCHEMA mend TO mend_app, mend_user, mend_service;
GRANT USAGE ON SCHEMA public TO mend_user, mend_service;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; -- said of one schema, this would take nothing away
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon, authenticated;

-- The person on whose behalf this transaction runs; NULL for nobody. A setting that was once set reads '' later.
CREATE FUNCTION mend.uid() RETURNS uuid
LANGUAGE sql STABLE
RETURN (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;

GRANT EXECUTE ON FUNCTION mend.uid() TO mend_user;

-- The number of an advisory lock, of a purpose and a name: the same as `shared/locks.py` makes. Of a hash that nobody can
-- aim; the length keeps apart what would otherwise read alike.
CREATE FUNCTION mend.lock_key(purpose text, name text) RETURNS bigint
LANGUAGE sql STABLE
RETURN ('x' || left(encode(sha256(convert_to(length(purpose) || ':' || purpose || name, 'UTF8')), 'hex'), 16))::bit(64)::bigint;

GRANT EXECUTE ON FUNCTION mend.lock_key(text, text) TO mend_user, mend_service;
