-- What a parent or guardian says, asked by mail, for somebody who is too young to consent for themselves (docs/privacy.md).

-- The last question of a person and its answer. Who was asked is not in it: only whoever has the link can answer.
CREATE TABLE mend.guardians (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('asked', 'allowed', 'refused', 'withdrawn', 'ended')),
    link_digest bytea UNIQUE, -- NULL once the person has ended it
    asked_at timestamptz NOT NULL,
    mails_at timestamptz[] NOT NULL, -- of the last seven days
    answered_at timestamptz,
    text_version date -- of the page on which it was answered
);

ALTER TABLE mend.guardians ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.guardians FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON mend.guardians TO mend_user;
GRANT SELECT, UPDATE ON mend.guardians TO mend_service;
-- A person asks and ends. The page behind the link answers, as the service.
CREATE POLICY own ON mend.guardians TO mend_user
    USING (user_id = (SELECT mend.uid()))
    WITH CHECK (user_id = (SELECT mend.uid()) AND state IN ('asked', 'ended'));
CREATE POLICY service ON mend.guardians TO mend_service USING (true) WITH CHECK (true);

-- The mail that asks. `sealed` has the address and the link, until it is sent. The digest of the address is kept until the
-- answer, for seven days at most, so that a refusal holds for the address.
CREATE TABLE mend.guardian_mails (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    sealed bytea,
    address_digest bytea NOT NULL,
    asked_at timestamptz NOT NULL
);
CREATE INDEX guardian_mails_asked ON mend.guardian_mails (asked_at);

ALTER TABLE mend.guardian_mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.guardian_mails FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON mend.guardian_mails TO mend_user;
GRANT SELECT, UPDATE, DELETE ON mend.guardian_mails TO mend_service;
CREATE POLICY own ON mend.guardian_mails TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.guardian_mails TO mend_service USING (true) WITH CHECK (true);

-- The addresses that want no such mail any more, as digests with a key that is not in the database. They name no person.
CREATE TABLE mend.guardian_refusals (
    address_digest bytea PRIMARY KEY,
    refused_at timestamptz NOT NULL
);
CREATE INDEX guardian_refusals_refused ON mend.guardian_refusals (refused_at);

ALTER TABLE mend.guardian_refusals ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.guardian_refusals FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON mend.guardian_refusals TO mend_service;
CREATE POLICY service ON mend.guardian_refusals TO mend_service USING (true) WITH CHECK (true);

-- Whether an address has refused, by the digests with each key.
CREATE FUNCTION mend.has_refused_mail(digests bytea[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$ SELECT EXISTS (SELECT FROM mend.guardian_refusals AS r WHERE r.address_digest = ANY (digests)) $$;

GRANT EXECUTE ON FUNCTION mend.has_refused_mail(bytea[]) TO mend_user;
