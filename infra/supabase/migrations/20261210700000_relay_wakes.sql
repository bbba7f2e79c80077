-- One wake-up of the relay at a time: while one is on its way, inserts into the outbox send no other one. The relay takes
-- it back before it looks for events, so what is inserted after that wakes it again.

CREATE TABLE mend.relay_wakes (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    pending_until timestamptz NOT NULL
);
INSERT INTO mend.relay_wakes (pending_until) VALUES ('-infinity');

ALTER TABLE mend.relay_wakes ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.relay_wakes FORCE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON mend.relay_wakes TO mend_service;
CREATE POLICY service ON mend.relay_wakes TO mend_service USING (true) WITH CHECK (true);

-- Whether this transaction has to wake the relay. It waits for no other one: if one holds the row, that one wakes it. A
-- wake-up that does not arrive counts for five seconds.
CREATE FUNCTION mend.claim_wake() RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    WITH free AS (
        SELECT w.only_row FROM mend.relay_wakes AS w WHERE w.pending_until <= clock_timestamp() FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE mend.relay_wakes AS w SET pending_until = clock_timestamp() + interval '5 seconds'
        FROM free WHERE w.only_row = free.only_row
        RETURNING w.only_row
    )
    SELECT EXISTS (SELECT FROM claimed)
$$;
REVOKE EXECUTE ON FUNCTION mend.claim_wake() FROM PUBLIC;

DROP TRIGGER wake_relay ON mend.outbox;
DROP FUNCTION mend.wake_relay();

CREATE FUNCTION mend.wake_relay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    target mend.relay_target;
    secret text;
BEGIN
    SELECT * INTO target FROM mend.relay_target;
    IF NOT FOUND OR to_regproc('net.http_post') IS NULL THEN
        PERFORM pg_notify('mend_outbox', '');
    ELSIF mend.claim_wake() THEN
        secret := target.secret;
        IF secret IS NULL AND to_regclass('vault.decrypted_secrets') IS NOT NULL THEN
            EXECUTE 'SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = $1' INTO secret
            USING 'relay_secret';
        END IF;
        EXECUTE 'SELECT net.http_post(url := $1, body := $2, headers := $3, timeout_milliseconds := $4)'
        USING target.url, '{}'::jsonb,
              jsonb_build_object('Content-Type', 'application/json', 'Authorization', 'Bearer ' || secret), 25000;
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'mend.wake_relay: %', SQLSTATE; -- a wake-up may be lost, and a person's change must not be
    RETURN NULL;
END
$$;

CREATE TRIGGER wake_relay AFTER INSERT ON mend.outbox FOR EACH STATEMENT EXECUTE FUNCTION mend.wake_relay();
