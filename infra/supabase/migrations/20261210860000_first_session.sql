-- The first session of an account is not told as one on a new device. By PKCE, Supabase Auth confirms an address before the
-- first session begins, so an account is noted without a device.

-- Whoever was noted without a session, but has signed in before, is told of the next one: no device has this name.
UPDATE mend.account_notices AS n SET devices = ARRAY['unknown']
FROM auth.users AS u
WHERE u.id = n.user_id AND n.devices = '{}' AND u.last_sign_in_at IS NOT NULL;

-- Returns what a person must be told, and notes it as told: the caller requests the mails in the same transaction.
DROP FUNCTION mend.take_account_news(uuid);
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
    IF cardinality(noted.devices) = 0 THEN
        UPDATE mend.account_notices AS n SET devices = present WHERE n.user_id = person;
    ELSIF NOT present <@ noted.devices THEN
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
