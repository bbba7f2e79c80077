-- Who read or took out what is held on a person: staff, operators, and the person. It is shown to the person by
-- `GET /account/access-log`. Only functions of the database's owner add entries, and nothing changes or deletes one.
CREATE TABLE mend.access_log (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,     -- whose data; no foreign key: an entry outlives the account
    occurred_at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor IN ('person', 'staff', 'operator')),
    staff_id uuid,             -- of `staff`: the admin
    operator text,             -- of `operator`: the user of the database, and of the reader's machine
    action text NOT NULL CHECK (action IN (
        'exported', 'imported', 'access_opened', 'viewed', 'harm_reports_read', 'deliveries_read'
    )),
    reason text,
    until timestamptz,         -- of `access_opened`: staff may view until then
    CHECK ((actor = 'staff') = (staff_id IS NOT NULL) AND (actor = 'operator') = (operator IS NOT NULL)),
    CHECK ((action = 'access_opened') = (until IS NOT NULL AND reason IS NOT NULL))
);

CREATE INDEX access_log_newest ON mend.access_log (user_id, occurred_at DESC, id DESC);
ALTER TABLE mend.access_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.access_log FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mend.access_log TO mend_user;
CREATE POLICY own ON mend.access_log FOR SELECT TO mend_user USING (user_id = (SELECT mend.uid()));

-- Not even the owner of the database changes a log by mistake. Only the id of an erased person may become their pseudonym.
CREATE FUNCTION mend.refuse_change() RETURNS trigger
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

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mend.access_log
    FOR EACH ROW EXECUTE FUNCTION mend.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mend.admin_actions
    FOR EACH ROW EXECUTE FUNCTION mend.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON mend.harm_report_reads
    FOR EACH ROW EXECUTE FUNCTION mend.refuse_change();

-- Opens the access of an admin to what support needs of a person. Returns false if there is no such person.
CREATE FUNCTION mend.open_support_access(person uuid, reason text, until timestamptz, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
#variable_conflict use_variable
BEGIN
    IF NOT mend.is_admin() OR NOT EXISTS (SELECT FROM auth.users AS u WHERE u.id = person) THEN
        RETURN false;
    END IF;
    INSERT INTO mend.access_log (user_id, occurred_at, actor, staff_id, action, reason, until)
    VALUES (person, now, 'staff', mend.uid(), 'access_opened', reason, until);
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION mend.open_support_access(uuid, text, timestamptz, timestamptz) TO mend_user;

-- Returns the table of ours with that name whose rows belong to a person. Raises an error if there is none.
CREATE FUNCTION mend.owned_table(name text) RETURNS regclass
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_variable
DECLARE
    owned regclass;
BEGIN
    SELECT c.oid::regclass INTO owned
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND n.nspname IN ('public', 'mend') AND n.nspname || '.' || c.relname = name;
    IF owned IS NULL THEN
        RAISE EXCEPTION 'no table with rows of a person: %', name;
    END IF;
    RETURN owned;
END
$$;

-- Returns what support needs of a person, without a word that the person wrote, and records that this admin saw it.
-- Returns NULL unless the admin's access is open. `tables` are those whose rows are counted.
CREATE FUNCTION mend.view_for_support(person uuid, tables text[], now timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
#variable_conflict use_variable
DECLARE
    table_name text;
    row_count bigint;
    counts jsonb := '{}';
BEGIN
    IF NOT mend.is_admin() OR NOT EXISTS (
        SELECT FROM mend.access_log AS l
        WHERE l.user_id = person AND l.staff_id = mend.uid() AND l.action = 'access_opened' AND l.until > now
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO mend.access_log (user_id, occurred_at, actor, staff_id, action)
    VALUES (person, now, 'staff', mend.uid(), 'viewed');
    FOREACH table_name IN ARRAY tables LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE user_id = $1', mend.owned_table(table_name)) INTO row_count USING person;
        counts := counts || jsonb_build_object(table_name, row_count);
    END LOOP;
    RETURN (
        SELECT jsonb_build_object(
            'created_at', u.created_at,
            'email_confirmed', u.email_confirmed_at IS NOT NULL,
            'timezone', p.timezone, 'locale', p.locale, 'country', p.country,
            'channels', s.channels, 'kinds', s.kinds, 'max_per_day', s.max_per_day,
            'counts', counts,
            'failed_notifications', coalesce((
                SELECT jsonb_agg(jsonb_build_object('kind', n.kind, 'due_at', n.due_at, 'reason', n.state_reason))
                FROM (
                    SELECT * FROM public.notifications AS f
                    WHERE f.user_id = person AND f.state = 'failed' ORDER BY f.due_at DESC LIMIT 10
                ) AS n
            ), '[]')
        )
        FROM auth.users AS u
        LEFT JOIN public.user_profiles AS p ON p.user_id = u.id
        LEFT JOIN public.notification_settings AS s ON s.user_id = u.id
        WHERE u.id = person
    );
END
$$;

GRANT EXECUTE ON FUNCTION mend.view_for_support(uuid, text[], timestamptz) TO mend_user;
