-- Responses by Idempotency-Key. They are kept for a day. A repeated request gets the first response byte for byte.
CREATE TABLE mend.idempotency_keys (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    key text NOT NULL CHECK (length(key) <= 255),
    fingerprint bytea NOT NULL, -- a SHA-256 of method, URL, content type and body
    status smallint NOT NULL,
    media_type text NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);

CREATE INDEX idempotency_keys_age ON mend.idempotency_keys (created_at);
ALTER TABLE mend.idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.idempotency_keys FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON mend.idempotency_keys TO mend_user;
GRANT SELECT, DELETE ON mend.idempotency_keys TO mend_service;
CREATE POLICY own ON mend.idempotency_keys TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.idempotency_keys TO mend_service USING (true) WITH CHECK (true);

-- Counts of requests in the current minute. The table is unlogged, since a crash loses only these counts.
CREATE UNLOGGED TABLE mend.rate_limits (
    caller text PRIMARY KEY, -- a person's id, or before sign-in a digest of the IP address
    minute timestamptz NOT NULL,
    hits integer NOT NULL
);

CREATE INDEX rate_limits_age ON mend.rate_limits (minute);
ALTER TABLE mend.rate_limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.rate_limits FORCE ROW LEVEL SECURITY;
GRANT SELECT, DELETE ON mend.rate_limits TO mend_service;
CREATE POLICY service ON mend.rate_limits TO mend_service USING (true) WITH CHECK (true);

-- Counts one request. Returns how many requests are left in this minute, or fails with PT429.
CREATE FUNCTION mend.count_request(
    caller_key text, request_limit integer, now timestamptz, OUT remaining integer, OUT reset_seconds integer
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    this_minute constant timestamptz := date_trunc('minute', now);
    request_count integer;
BEGIN
    INSERT INTO mend.rate_limits AS r (caller, minute, hits)
    VALUES (caller_key, this_minute, 1)
    ON CONFLICT (caller) DO UPDATE
        SET hits = CASE WHEN r.minute = this_minute THEN r.hits + 1 ELSE 1 END, minute = this_minute
    RETURNING hits INTO request_count;
    remaining := request_limit - request_count;
    reset_seconds := ceil(extract(epoch FROM this_minute + interval '1 minute' - now));
    IF request_count > request_limit THEN
        RAISE EXCEPTION USING ERRCODE = 'PT429', MESSAGE = reset_seconds::text;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.count_request(text, integer, timestamptz) TO mend_app;

-- Locks an Idempotency-Key until the transaction ends. Fails with PT409 while another request holds the key, and with
-- PT208 if the key already has a response. After a failure, the statements of the same round trip do not run.
CREATE FUNCTION mend.claim_idempotency_key(person uuid, idempotency_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(mend.lock_key('idempotency', person || ' ' || idempotency_key)) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT409', MESSAGE = 'key in use';
    END IF;
    IF EXISTS (SELECT FROM mend.idempotency_keys AS k WHERE k.user_id = person AND k.key = idempotency_key) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT208', MESSAGE = 'key answered';
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.claim_idempotency_key(uuid, text) TO mend_app;
