-- Stands in for Pub/Sub on a developer's machine: a copy of each message for every function that listens, kept until
-- the function has acknowledged it. Applied by the local stack alone.
CREATE SCHEMA IF NOT EXISTS local;
GRANT USAGE ON SCHEMA local TO mend_service;

CREATE TABLE IF NOT EXISTS local.subscriptions (
    topic text NOT NULL,
    function text NOT NULL,
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
