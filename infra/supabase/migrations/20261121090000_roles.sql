-- The database roles (docs/architecture.md).
--   mend_app      logs in. It has no rights on tables; each transaction sets one of the two roles below
--   mend_user     an HTTP request of a person. Row-level security limits it to the person's own rows
--   mend_service  jobs and event consumers. It has its own policies
-- Supabase's role `authenticated` can only read its own rows, so all writes go through the functions.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_user') THEN
        CREATE ROLE mend_user NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_service') THEN
        CREATE ROLE mend_service NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mend_app') THEN
        CREATE ROLE mend_app LOGIN NOINHERIT; -- set its password by hand; no file contains it
    END IF;
END
$$;

GRANT mend_user, mend_service TO mend_app;

-- Settings of the login role also apply behind a transaction pooler, and need no extra statement.
ALTER ROLE mend_app SET statement_timeout = '20s';
ALTER ROLE mend_app SET lock_timeout = '2s';
ALTER ROLE mend_app SET idle_in_transaction_session_timeout = '30s';

CREATE SCHEMA mend; -- not exposed by Supabase's REST endpoint
GRANT USAGE ON SCHEMA mend TO mend_app, mend_user, mend_service;
GRANT USAGE ON SCHEMA public TO mend_user, mend_service;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; -- for all schemas: with IN SCHEMA this has no effect
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon, authenticated;

-- The id of the person that this transaction acts for, or NULL. A setting of an earlier transaction reads as ''.
CREATE FUNCTION mend.uid() RETURNS uuid
LANGUAGE sql STABLE
RETURN (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;

GRANT EXECUTE ON FUNCTION mend.uid() TO mend_user;

-- The key of an advisory lock, from a purpose and a name. `shared/locks.py` computes the same key. SHA-256, so that a
-- caller cannot choose a name that collides with another lock. The length separates ('ab', 'c') from ('a', 'bc').
CREATE FUNCTION mend.lock_key(purpose text, name text) RETURNS bigint
LANGUAGE sql STABLE
RETURN ('x' || left(encode(sha256(convert_to(length(purpose) || ':' || purpose || name, 'UTF8')), 'hex'), 16))::bit(64)::bigint;

GRANT EXECUTE ON FUNCTION mend.lock_key(text, text) TO mend_user, mend_service;
