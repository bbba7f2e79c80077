-- The outbox. The transaction of a change writes the event that reports it; a relay publishes the event afterwards.
CREATE TABLE mend.outbox (
    id uuid PRIMARY KEY, -- UUIDv7, so that the order of ids is the order of events
    type text NOT NULL,
    version smallint NOT NULL DEFAULT 1,
    user_id uuid,
    occurred_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    leased_until timestamptz, -- until then one relay publishes it, and the others skip it
    published_at timestamptz
);

CREATE INDEX outbox_unpublished ON mend.outbox (type, id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON mend.outbox (published_at) WHERE published_at IS NOT NULL;

-- One row for every event that a consumer has handled. The transaction of the effect writes the row.
CREATE TABLE mend.event_claims (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);

-- The retention sweep finds old rows by this index.
CREATE INDEX event_claims_age ON mend.event_claims (claimed_at);

-- Since when, and how often, a consumer has failed to handle an event because of an error of ours. Pub/Sub reports
-- neither.
CREATE TABLE mend.delivery_failures (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    failed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);

-- The retention sweep finds old rows by this index.
CREATE INDEX delivery_failures_age ON mend.delivery_failures (failed_at);

-- Events that can never succeed, with the reason. `mend events replay` sends them again.
CREATE TABLE mend.dead_letters (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    consumer text NOT NULL,
    event_id uuid, -- NULL where the envelope could not be read
    envelope jsonb NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);

CREATE INDEX dead_letters_parked ON mend.dead_letters (parked_at);
CREATE INDEX dead_letters_of_consumer ON mend.dead_letters (consumer, parked_at); -- to count those of a day
CREATE INDEX dead_letters_replayed ON mend.dead_letters (replayed_at) WHERE replayed_at IS NOT NULL;

ALTER TABLE mend.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.outbox FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.event_claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.event_claims FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.delivery_failures ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.delivery_failures FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.dead_letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.dead_letters FORCE ROW LEVEL SECURITY;

GRANT INSERT ON mend.outbox TO mend_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON mend.outbox TO mend_service;
GRANT SELECT, INSERT, DELETE ON mend.event_claims TO mend_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON mend.delivery_failures, mend.dead_letters TO mend_service;

CREATE POLICY own ON mend.outbox FOR INSERT TO mend_user WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.outbox TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.event_claims TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.delivery_failures TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.dead_letters TO mend_service USING (true) WITH CHECK (true);
