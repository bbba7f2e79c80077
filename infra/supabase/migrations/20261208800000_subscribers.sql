-- Who has been at the checkout, and what they have paid for. Stripe has everything else about payments.
CREATE TABLE mend.subscribers (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    customer text NOT NULL UNIQUE CHECK (customer ~ '^[A-Za-z0-9_]{1,255}$'), -- at Stripe
    premium_until timestamptz,
    renews boolean NOT NULL DEFAULT false,
    payment_failed boolean NOT NULL DEFAULT false,
    reads_begun bigint NOT NULL DEFAULT 0, -- of the subscriptions at Stripe
    read_stored bigint NOT NULL DEFAULT 0
);

ALTER TABLE mend.subscribers ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.subscribers FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT (user_id, customer) ON mend.subscribers TO mend_user;
GRANT SELECT, UPDATE ON mend.subscribers TO mend_service;
CREATE POLICY own ON mend.subscribers TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.subscribers TO mend_service USING (true) WITH CHECK (true);
