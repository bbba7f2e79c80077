-- The accounts of a person at other services. Tokens are sealed for the person and the provider (shared/sealed_secrets.py).
CREATE TABLE mend.connections (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    provider text NOT NULL CHECK (provider IN ('spotify', 'google')),
    tokens bytea NOT NULL,
    expires_at timestamptz NOT NULL, -- of the access token
    connected_at timestamptz NOT NULL,
    leased_until timestamptz, -- by the process that refreshes the tokens
    PRIMARY KEY (user_id, provider)
);

ALTER TABLE mend.connections ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.connections FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON mend.connections TO mend_user;
GRANT SELECT ON mend.connections TO mend_service;
CREATE POLICY own ON mend.connections TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.connections FOR SELECT TO mend_service USING (true);
