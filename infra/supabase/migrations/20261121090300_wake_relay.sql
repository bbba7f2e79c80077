-- A trigger wakes the relay after an insert into the outbox: on Supabase with an HTTP request of pg_net, elsewhere with
-- pg_notify. A wake-up may be lost, so a schedule also publishes the outbox every minute.

-- The address of the relay, and the secret that it asks for. An operator inserts the row (docs/operations.md). Only
-- `mend.wake_relay` reads it, with the rights of its owner. So no role of ours has rights on it, or a policy.
CREATE TABLE mend.relay_target (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    url text NOT NULL,
    secret text NOT NULL
);

ALTER TABLE mend.relay_target ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.relay_target FORCE ROW LEVEL SECURITY;

CREATE FUNCTION mend.wake_relay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    target mend.relay_target;
BEGIN
    SELECT * INTO target FROM mend.relay_target;
    IF FOUND AND to_regproc('net.http_post') IS NOT NULL THEN
        EXECUTE 'SELECT net.http_post(url := $1, body := $2, headers := $3)'
        USING target.url, '{}'::jsonb,
              jsonb_build_object('Content-Type', 'application/json', 'Authorization', 'Bearer ' || target.secret);
    ELSE
        PERFORM pg_notify('mend_outbox', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER wake_relay AFTER INSERT ON mend.outbox FOR EACH STATEMENT EXECUTE FUNCTION mend.wake_relay();
