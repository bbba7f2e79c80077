-- Answers kept for a day, so that a repeated request gets the first answer byte for byte.
CREATE TABLE mend.idempotency_keys (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    key text NOT NULL CHECK (length(key) <= 255),
    fingerprint bytea NOT NULL, -- a digest of route and body
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

-- Counters of one minute. Unlogged: a crash forgets the current minute, and nothing else.
CREATE UNLOGGED TABLE mend.rate_limits (
    caller text PRIMARY KEY, -- a person's id, or a digest of an address before sign-in
    minute timestamptz NOT NULL,
    hits integer NOT NULL
);

ALTER TABLE mend.rate_limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.rate_limits FORCE ROW LEVEL SECURITY;
CREATE INDEX rate_limits_age ON mend.rate_limits (minute);
GRANT SELECT, DELETE ON mend.rate_limits TO mend_service;
CREATE POLICY service ON mend.rate_limits TO mend_service USING (true) WITH CHECK (true);

-- Counts one request and answers how many are left, or fails with PT429.
CREATE FUNCTION mend.hit(
    caller_key text, allowed integer, now timestamptz, OUT remaining integer, OUT reset_seconds integer
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    this_minute constant timestamptz := date_trunc('minute', now);
    counted integer;
BEGIN
    INSERT INTO mend.rate_limits AS r (caller, minute, hits)
    VALUES (caller_key, this_minute, 1)
    ON CONFLICT (caller) DO UPDATE
        SET hits = CASE WHEN r.minute = this_minute THEN r.hits + 1 ELSE 1 END, minute = this_minute
    RETURNING hits INTO counted;
    remaining := allowed - counted;
    reset_seconds := ceil(extract(epoch FROM this_minute + interval '1 minute' - now));
    IF counted > allowed THEN
        RAISE EXCEPTION USING ERRCODE = 'PT429', MESSAGE = reset_seconds::text;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.hit(text, integer, timestamptz) TO mend_app;

-- Takes an Idempotency-Key for this transaction, in the same round trip as what follows: it fails where there is
-- nothing left to do, so that what follows does not happen.
CREATE FUNCTION mend.claim_key(person uuid, wanted text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(mend.lock_key('idempotency', person || ' ' || wanted)) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT409', MESSAGE = 'key in use';
    END IF;
    IF EXISTS (SELECT FROM mend.idempotency_keys AS k WHERE k.user_id = person AND k.key = wanted) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT208', MESSAGE = 'key answered';
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.claim_key(uuid, text) TO mend_app;
