-- Mails about an account: welcome, another address, another device, erasure (docs/notify.md).

-- What a person was last told about their account. `former_email` is the address before the present one: it is told of the
-- change. A device is a digest of its user agent without version numbers.
CREATE TABLE mend.account_notices (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    email text NOT NULL,
    former_email text,
    devices text[] NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE mend.account_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.account_notices FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mend.account_notices TO mend_service;
CREATE POLICY service ON mend.account_notices TO mend_service USING (true) WITH CHECK (true);

CREATE FUNCTION mend.devices_of(person uuid) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
    SELECT coalesce(array_agg(DISTINCT encode(sha256(convert_to(d.name, 'UTF8')), 'hex')), '{}')
    FROM auth.sessions AS s,
         regexp_replace(coalesce(s.user_agent, ''), '[0-9]+([._][0-9]+)*', '', 'g') AS d (name)
    WHERE s.user_id = person
$$;

-- Nobody is welcomed who has an account already.
INSERT INTO mend.account_notices (user_id, email, devices)
SELECT u.id, u.email, mend.devices_of(u.id) FROM auth.users AS u
WHERE u.email_confirmed_at IS NOT NULL AND coalesce(u.email, '') <> '';

-- Returns what a person must be told, and notes it as told: the caller requests the mails in the same transaction.
CREATE FUNCTION mend.take_account_news(person uuid) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    noted mend.account_notices;
    address text;
    present text[];
    news text[] := '{}';
BEGIN
    SELECT n.* INTO noted FROM mend.account_notices AS n WHERE n.user_id = person FOR UPDATE;
    address := (SELECT c.email FROM mend.confirmed_emails(ARRAY[person]) AS c WHERE c.email <> '');
    present := mend.devices_of(person);
    IF address IS NULL THEN
        RETURN news;
    END IF;
    IF noted.user_id IS NULL THEN
        INSERT INTO mend.account_notices (user_id, email, devices) VALUES (person, address, present)
        ON CONFLICT (user_id) DO NOTHING;
        RETURN CASE WHEN FOUND THEN ARRAY['welcome'] ELSE news END;
    END IF;
    IF address <> noted.email THEN
        news := array_append(news, 'address_changed');
    END IF;
    IF NOT present <@ noted.devices THEN
        news := array_append(news, 'new_device');
    END IF;
    IF cardinality(news) > 0 THEN
        UPDATE mend.account_notices AS n
        SET email = address, noted_at = now(),
            -- Whoever takes over an account may change its address twice. The first one is told for a week.
            former_email = CASE
                WHEN address = n.email THEN n.former_email
                WHEN n.noted_at > now() - interval '7 days' THEN coalesce(n.former_email, n.email)
                ELSE n.email
            END,
            devices = (present || ARRAY(SELECT d FROM unnest(n.devices) AS d WHERE d <> ALL (present)))[:500]
        WHERE n.user_id = person;
    END IF;
    RETURN news;
END
$$;

GRANT EXECUTE ON FUNCTION mend.take_account_news(uuid) TO mend_service;

-- A sign-in, a confirmation and a change of address become an event. Supabase Auth has no other way to tell of them that
-- each plan includes and that no failure of ours can block. The id is a UUIDv7.
CREATE FUNCTION mend.announce_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF NEW.email_confirmed_at IS NOT NULL THEN
        INSERT INTO mend.outbox (id, type, user_id, occurred_at, data) VALUES (
            overlay(overlay(replace(gen_random_uuid()::text, '-', '')
                PLACING lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') FROM 1)
                PLACING '7' FROM 13)::uuid,
            'account.changed', NEW.id, now(), '{}'
        );
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'mend.announce_account: %', SQLSTATE; -- a mail may be lost, and a sign-in must not be
    RETURN NULL;
END
$$;

CREATE TRIGGER announce_account AFTER INSERT OR UPDATE OF email, email_confirmed_at, last_sign_in_at ON auth.users
    FOR EACH ROW EXECUTE FUNCTION mend.announce_account();

-- The mail about an erasure needs the address, so the erasure waits for it, at most an hour. NULL: no mail is due.
ALTER TABLE mend.erasures ADD COLUMN mail_state text CHECK (mail_state IN ('due', 'sending', 'done'));

DROP FUNCTION mend.begin_erasure(uuid, uuid, text, timestamptz);
CREATE FUNCTION mend.begin_erasure(person uuid, receipt uuid, reason text, now timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    person_digest constant bytea := mend.person_digest(person);
    existing constant uuid := (SELECT e.id FROM mend.erasures AS e WHERE e.digest = person_digest);
BEGIN
    IF existing IS NOT NULL THEN
        RETURN existing;
    END IF;
    INSERT INTO mend.erasures (id, digest, user_id, reason, requested_at, tokens, before, mail_state)
    VALUES (
        receipt, person_digest, person, reason, now,
        ARRAY(SELECT d.token FROM public.devices AS d WHERE d.user_id = person), mend.count_rows_of(person),
        CASE WHEN reason IN ('requested', 'unused') AND EXISTS (SELECT FROM mend.confirmed_emails(ARRAY[person]))
            THEN 'due' END
    )
    ON CONFLICT (digest) DO NOTHING;
    RETURN (SELECT e.id FROM mend.erasures AS e WHERE e.digest = person_digest);
END
$$;

GRANT EXECUTE ON FUNCTION mend.begin_erasure(uuid, uuid, text, timestamptz) TO mend_service;
