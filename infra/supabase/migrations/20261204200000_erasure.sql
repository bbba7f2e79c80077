-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- Erasure of accounts (docs/erasure.md).

-- The accounts that are erased or being erased. A row is the tombstone of a person: no request and no event of theirs has
-- an effect from then on. It outlives the account.
CREATE TABLE mend.erasures (
    id uuid PRIMARY KEY,                     -- of the receipt
    digest bytea NOT NULL UNIQUE,            -- of the person: mend.person_digest
    user_id uuid,                            -- NULL after the last step
    reason text NOT NULL CHECK (reason IN ('requested', 'deleted', 'unused', 'restored')),
    requested_at timestamptz NOT NULL,
    salt bytea NOT NULL DEFAULT decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), -- of the digest in the receipt
    step text,                               -- the last one that is done
    tokens text[] NOT NULL DEFAULT '{}',     -- of the person's devices, until their installations are deleted
    before jsonb NOT NULL DEFAULT '{}',      -- what each store held
    after jsonb NOT NULL DEFAULT '{}',
    vendors jsonb NOT NULL DEFAULT '{}',
    erased_at timestamptz,
    rechecked_at timestamptz                 -- when everything was looked through again
);

CREATE INDEX erasures_unfinished ON mend.erasures (requested_at) WHERE rechecked_at IS NULL;
ALTER TABLE mend.erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.erasures FORCE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON mend.erasures TO mend_service;
CREATE POLICY service ON mend.erasures TO mend_service USING (true) WITH CHECK (true);

-- What remains of the id of an erased person. `functions/account/erasure/receipts.py` computes the same digest.
CREATE FUNCTION mend.person_digest(person uuid) RETURNS bytea
LANGUAGE sql STABLE
RETURN sha256(convert_to('mend erased person ' || person::text, 'UTF8'));

GRANT EXECUTE ON FUNCTION mend.person_digest(uuid) TO mend_service;

CREATE FUNCTION mend.pseudonym(person uuid) RETURNS uuid
LANGUAGE sql STABLE
RETURN encode(substr(mend.person_digest(person), 1, 16), 'hex')::uuid;

CREATE FUNCTION mend.is_erased(person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$ SELECT EXISTS (SELECT FROM mend.erasures AS e WHERE e.digest = mend.person_digest(person)) $$;

GRANT EXECUTE ON FUNCTION mend.is_erased(uuid) TO mend_service;

-- Fails with PT401 if the person is erased. Each transaction in the role of a person begins with it.
CREATE FUNCTION mend.refuse_erased(person uuid) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF EXISTS (SELECT FROM mend.erasures AS e WHERE e.digest = mend.person_digest(person)) THEN
        RAISE EXCEPTION USING ERRCODE = 'PT401', MESSAGE = 'account erased';
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.refuse_erased(uuid) TO mend_app, mend_user, mend_service;

-- An account that is being erased counts as gone.
DROP FUNCTION mend.has_account(uuid);
CREATE FUNCTION mend.has_account(person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$ SELECT EXISTS (SELECT FROM auth.users AS u WHERE u.id = person) AND NOT mend.is_erased(person) $$;

GRANT EXECUTE ON FUNCTION mend.has_account(uuid) TO mend_service;

-- Events of a person go with the account. The reference also makes an insert wait for, or fail after, its deletion.
DELETE FROM mend.outbox AS o
WHERE o.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM auth.users AS u WHERE u.id = o.user_id);
ALTER TABLE mend.outbox
    ADD CONSTRAINT outbox_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id) ON DELETE CASCADE;
CREATE INDEX outbox_person ON mend.outbox (user_id);

-- The tables whose rows belong to one person each: their `user_id` refers to the account.
CREATE FUNCTION mend.owned_tables() RETURNS SETOF regclass
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
    SELECT k.conrelid::regclass FROM pg_catalog.pg_constraint AS k
    WHERE k.contype = 'f' AND k.confrelid = 'auth.users'::regclass AND k.confdeltype = 'c'
      AND k.connamespace IN ('public'::regnamespace, 'mend'::regnamespace)
    ORDER BY k.conrelid::regclass::text
$$;

-- Counts the rows of a person in every table. Events that could not be handled name people in their envelopes.
CREATE FUNCTION mend.count_rows_of(person uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    owned regclass;
    n bigint;
    counts jsonb;
BEGIN
    counts := jsonb_build_object(
        'mend.dead_letters',
        (SELECT count(*) FROM mend.dead_letters AS l WHERE position(person::text IN l.envelope::text) > 0),
        'mend.admin_actions', (SELECT count(*) FROM mend.admin_actions AS a WHERE a.user_id = person)
    );
    FOR owned IN SELECT mend.owned_tables() LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE user_id = $1', owned) INTO n USING person;
        counts := counts || jsonb_build_object(owned::text, n);
    END LOOP;
    RETURN counts;
END
$$;

GRANT EXECUTE ON FUNCTION mend.count_rows_of(uuid) TO mend_service;

-- Deletes rows of a person, at most `max_rows` of each table, and returns how many. It replaces the id of an admin in
-- the logs that outlive them by a pseudonym.
CREATE FUNCTION mend.erase_rows_of(person uuid, max_rows integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    owned regclass;
    n bigint;
    total bigint := 0;
BEGIN
    FOR owned IN SELECT mend.owned_tables() LOOP
        EXECUTE format(
            'DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE user_id = $1 LIMIT $2))', owned
        ) USING person, max_rows;
        GET DIAGNOSTICS n = ROW_COUNT;
        total := total + n;
    END LOOP;
    DELETE FROM mend.dead_letters AS l WHERE position(person::text IN l.envelope::text) > 0;
    DELETE FROM mend.rate_limits AS r WHERE r.caller = person::text;
    UPDATE mend.admin_actions AS a SET user_id = mend.pseudonym(person) WHERE a.user_id = person;
    UPDATE mend.access_log AS l SET user_id = mend.pseudonym(person) WHERE l.user_id = person;
    UPDATE mend.access_log AS l SET staff_id = mend.pseudonym(person) WHERE l.staff_id = person;
    RETURN total;
END
$$;

GRANT EXECUTE ON FUNCTION mend.erase_rows_of(uuid, integer) TO mend_service;

-- Stores the tombstone of a person, and what there is to erase. Returns the id of the receipt: of the first call, if the
-- person is being erased already.
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
    INSERT INTO mend.erasures (id, digest, user_id, reason, requested_at, tokens, before)
    VALUES (
        receipt, person_digest, person, reason, now,
        ARRAY(SELECT d.token FROM public.devices AS d WHERE d.user_id = person), mend.count_rows_of(person)
    )
    ON CONFLICT (digest) DO NOTHING;
    RETURN (SELECT e.id FROM mend.erasures AS e WHERE e.digest = person_digest);
END
$$;

GRANT EXECUTE ON FUNCTION mend.begin_erasure(uuid, uuid, text, timestamptz) TO mend_service;

-- Erases people again whom a restored backup has brought back: those in the erase list. Returns the ids of their receipts.
-- All others in the list get their tombstones back, because events of theirs may still be on their way.
CREATE FUNCTION mend.erase_again(digests bytea[], receipts uuid[], now timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    restored record;
BEGIN
    FOR restored IN
        SELECT u.id AS person, l.receipt FROM unnest(digests, receipts) AS l (digest, receipt)
        JOIN auth.users AS u ON mend.person_digest(u.id) = l.digest
    LOOP
        RETURN NEXT mend.begin_erasure(restored.person, restored.receipt, 'restored', now);
    END LOOP;
    INSERT INTO mend.erasures (id, digest, reason, requested_at, erased_at, rechecked_at)
    SELECT l.receipt, l.digest, 'restored', now, now, now FROM unnest(digests, receipts) AS l (digest, receipt)
    ON CONFLICT DO NOTHING;
END
$$;

GRANT EXECUTE ON FUNCTION mend.erase_again(bytea[], uuid[], timestamptz) TO mend_service;

-- An account that is deleted elsewhere, such as in Supabase's dashboard, is erased everywhere. This runs before its rows
-- go with it, while the tokens of the devices are still there.
CREATE FUNCTION mend.begin_erasure_of_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    PERFORM mend.begin_erasure(OLD.id, gen_random_uuid(), 'deleted', now());
    RETURN OLD;
END
$$;

CREATE TRIGGER begin_erasure BEFORE DELETE ON auth.users
    FOR EACH ROW EXECUTE FUNCTION mend.begin_erasure_of_deleted();

-- Who was told that their account will be erased because nobody uses it.
CREATE TABLE mend.unused_notices (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    told_at timestamptz NOT NULL
);

ALTER TABLE mend.unused_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.unused_notices FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON mend.unused_notices TO mend_service;
CREATE POLICY service ON mend.unused_notices TO mend_service USING (true) WITH CHECK (true);

-- Returns accounts that were last used before a time: those not told of it since, or with `told_before` those told before
-- that time. Whoever signs in, refreshes a session, opens the app on a device or checks in uses the account.
CREATE FUNCTION mend.unused_accounts(
    anonymous boolean, used_before timestamptz, told_before timestamptz, max_people integer
) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
    SELECT u.id FROM auth.users AS u
    CROSS JOIN LATERAL (
        SELECT greatest(
            u.created_at, u.last_sign_in_at,
            (SELECT max(s.updated_at) FROM auth.sessions AS s WHERE s.user_id = u.id),
            (SELECT max(d.seen_at) FROM public.devices AS d WHERE d.user_id = u.id),
            (SELECT max(e.edited_at) FROM public.mood_entries AS e WHERE e.user_id = u.id)
        ) AS used_at
    ) AS last
    LEFT JOIN mend.unused_notices AS n ON n.user_id = u.id AND n.told_at > last.used_at
    WHERE u.is_anonymous = anonymous AND coalesce(u.last_sign_in_at, u.created_at) < used_before
      AND last.used_at < used_before AND NOT mend.is_erased(u.id)
      AND CASE WHEN told_before IS NULL THEN n.told_at IS NULL ELSE n.told_at <= told_before END
    ORDER BY u.id LIMIT max_people
$$;

GRANT EXECUTE ON FUNCTION mend.unused_accounts(boolean, timestamptz, timestamptz, integer) TO mend_service;
