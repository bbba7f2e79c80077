-- Replaces services that a developer's machine does not have. Only the local stack applies it.

-- Replaces Pub/Sub: a copy of each message for every function that listens, until the function acknowledges it.
CREATE SCHEMA IF NOT EXISTS local;
GRANT USAGE ON SCHEMA local TO mend_service;

CREATE TABLE IF NOT EXISTS local.subscriptions (
    topic text NOT NULL,
    function text NOT NULL,
    filter jsonb NOT NULL DEFAULT '{}', -- attribute and the values that pass; {} lets every message pass
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
