-- Replaces services that a developer's machine does not have. Only the local stack applies it.

-- Replaces Pub/Sub: a copy of each message for every function that listens, until the function acknowledges it.
CREATE SCHEMA IF NOT EXISTS local;
GRANT USAGE ON SCHEMA local TO mend_service;

CREATE TABLE IF NOT EXISTS local.subscriptions (
    topic text NOT NULL,
    function text NOT NULL,
    filter jsonb NOT NULL DEFAULT '{}', -- by attribute, one_of or none_of; {} lets every message pass
    PRIMARY KEY (topic, function)
);

CREATE TABLE IF NOT EXISTS local.deliveries (
    event_id uuid NOT NULL,
    function text NOT NULL,
    message jsonb NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    PRIMARY KEY (event_id, function)
);

CREATE INDEX IF NOT EXISTS deliveries_due ON local.deliveries (next_at) WHERE delivered_at IS NULL;
GRANT SELECT ON local.subscriptions TO mend_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON local.deliveries TO mend_service;

-- Wakes the dispatcher.
CREATE OR REPLACE FUNCTION local.announce_deliveries() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    PERFORM pg_notify('mend_deliveries', '');
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER announce_deliveries AFTER INSERT ON local.deliveries
    FOR EACH STATEMENT EXECUTE FUNCTION local.announce_deliveries();

-- Replace FCM and a mail provider: what would have been sent, shown on the page of the local stack.
CREATE TABLE IF NOT EXISTS local.pushes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sent_at timestamptz NOT NULL DEFAULT now(),
    token text NOT NULL,
    key text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    link text NOT NULL,
    until timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS local.mails (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sent_at timestamptz NOT NULL DEFAULT now(),
    address text NOT NULL,
    key text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    html text NOT NULL,
    unsubscribe text
);

GRANT SELECT, INSERT ON local.pushes, local.mails TO mend_service;
DELETE FROM local.pushes WHERE sent_at < now() - interval '7 days';
DELETE FROM local.mails WHERE sent_at < now() - interval '7 days';

-- Replace Supabase Auth: what it keeps of a person beside auth.users. Only the owner may read these tables.
CREATE TABLE IF NOT EXISTS local.accounts (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    password_hash text,
    new_email text, -- until it is confirmed
    updated_at timestamptz NOT NULL,
    last_sign_in_at timestamptz
);

CREATE TABLE IF NOT EXISTS local.sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    method text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked boolean NOT NULL DEFAULT false -- because a used refresh token was used again
);

-- Older databases have sessions here alone.
INSERT INTO auth.sessions (id, user_id, created_at, updated_at)
SELECT s.id, s.user_id, s.created_at, s.created_at FROM local.sessions AS s
ON CONFLICT (id) DO NOTHING;
ALTER TABLE local.sessions
    DROP CONSTRAINT IF EXISTS sessions_id_fkey,
    ADD CONSTRAINT sessions_id_fkey FOREIGN KEY (id) REFERENCES auth.sessions (id) ON DELETE CASCADE;
CREATE INDEX IF NOT EXISTS sessions_user ON local.sessions (user_id);

CREATE TABLE IF NOT EXISTS local.refresh_tokens (
    hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES local.sessions (id) ON DELETE CASCADE,
    used_at timestamptz
);

CREATE INDEX IF NOT EXISTS refresh_tokens_session ON local.refresh_tokens (session_id);

CREATE TABLE IF NOT EXISTS local.one_time_codes (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    purpose text NOT NULL,
    hash text NOT NULL,
    sent_at timestamptz NOT NULL,
    code_challenge text, -- of an app that signs in by PKCE
    code_challenge_method text,
    PRIMARY KEY (user_id, purpose)
);

CREATE INDEX IF NOT EXISTS one_time_codes_hash ON local.one_time_codes (hash);

-- Replaces the admin API of Supabase Auth: deletes an account, and the mails that this machine keeps for its address.
CREATE OR REPLACE FUNCTION local.delete_user(person uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ''
BEGIN ATOMIC
    DELETE FROM local.mails AS m USING auth.users AS u WHERE u.id = person AND m.address = u.email;
    DELETE FROM auth.users AS u WHERE u.id = person;
END;

GRANT EXECUTE ON FUNCTION local.delete_user(uuid) TO mend_service;

-- Wakes the streams of live documents.
CREATE OR REPLACE FUNCTION local.announce_live_document() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    PERFORM pg_notify('mend_live', coalesce(NEW.user_id, OLD.user_id)::text);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER announce_live_document AFTER INSERT OR UPDATE OR DELETE ON public.live_documents
    FOR EACH ROW EXECUTE FUNCTION local.announce_live_document();
