-- Logs that only grow outlive an account. When it is erased, its id in them is replaced by a pseudonym.

CREATE FUNCTION mend.pseudonym(person uuid) RETURNS uuid
LANGUAGE sql STABLE
RETURN encode(substr(mend.person_digest(person), 1, 16), 'hex')::uuid;

-- Nothing changes an entry, but that a person's id may become their pseudonym.
CREATE OR REPLACE FUNCTION mend.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
    ids constant text[] := ARRAY['user_id', 'staff_id'];
    id_name text;
    entry jsonb := to_jsonb(OLD);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        FOREACH id_name IN ARRAY ids LOOP
            IF entry ->> id_name <> to_jsonb(NEW) ->> id_name THEN
                entry := entry || jsonb_build_object(id_name, mend.pseudonym((entry ->> id_name)::uuid));
            END IF;
        END LOOP;
        IF entry = to_jsonb(NEW) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- As before, and with the access log: the person may be the one whose data was read, or the admin who read it.
CREATE OR REPLACE FUNCTION mend.erase_rows_of(person uuid, max_rows integer) RETURNS bigint
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
