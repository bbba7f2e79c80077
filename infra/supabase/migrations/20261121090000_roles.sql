-- The database roles (docs/architecture.md):
--   mend_app      logs in. It has no rights on tables. Each transaction sets one of the two roles below.
--   mend_user     serves an HTTP request of a person. Row-level security limits it to the person's own rows.
--   mend_service  runs jobs and event consumers. It has its own policies.
-- Supabase's role `authenticated` can only read its own rows, so all writes go through our functions.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_user') THEN
        CREATE ROLE mend_user NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_service') THEN
        CREATE ROLE mend_service NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_app') THEN
        CREATE ROLE mend_app LOGIN NOINHERIT; -- an operator sets its password; no file contains it
    END IF;
END
$$;

GRANT mend_user, mend_service TO mend_app;

-- Settings of the login role also apply behind a transaction pooler, and cost no extra statement.
ALTER ROLE mend_app SET statement_timeout = '20s';
ALTER ROLE mend_app SET lock_timeout = '2s';
ALTER ROLE mend_app SET idle_in_transaction_session_timeout = '30s';

CREATE SCHEMA mend; -- Supabase's REST endpoint does not expose it
GRANT USAGE ON SCHEMA mend TO mend_app, mend_user, mend_service;
GRANT USAGE ON SCHEMA public TO mend_user, mend_service;
-- This revokes for all schemas. With IN SCHEMA, the statement would have no effect.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon, authenticated;

-- Returns the id of the person that this transaction acts for, or NULL. If an earlier transaction of the session set
-- the claims, the setting reads as ''.
CREATE FUNCTION mend.uid() RETURNS uuid
LANGUAGE sql STABLE
RETURN (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;

GRANT EXECUTE ON FUNCTION mend.uid() TO mend_user;

-- Tells whether the token belongs to an admin. Only the issuer of tokens writes `app_metadata`.
CREATE FUNCTION mend.is_admin() RETURNS boolean
LANGUAGE sql STABLE
RETURN coalesce(
    nullif(current_setting('request.jwt.claims', true), '')::jsonb #>> '{app_metadata,role}' = 'admin', false
);

GRANT EXECUTE ON FUNCTION mend.is_admin() TO mend_user;

-- Computes the key of an advisory lock from a purpose and a name. `shared/locks.py` computes the same key. It uses
-- SHA-256, so that a caller cannot choose a name that collides with another lock. The length separates ('ab', 'c') from
-- ('a', 'bc').
CREATE FUNCTION mend.lock_key(purpose text, name text) RETURNS bigint
LANGUAGE sql STABLE
RETURN ('x' || left(encode(sha256(convert_to(length(purpose) || ':' || purpose || name, 'UTF8')), 'hex'), 16))::bit(64)::bigint;

GRANT EXECUTE ON FUNCTION mend.lock_key(text, text) TO mend_user, mend_service;
