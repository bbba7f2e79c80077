-- What `GET /account/export` and `POST /account/import` need. All functions act for the person of the transaction alone:
-- each adds the condition on `user_id` itself, so that no caller could leave it out.

-- Counts an export towards the limit of a day, and records it. Returns false if the limit is reached.
CREATE FUNCTION mend.begin_export(limit_a_day integer, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
#variable_conflict use_variable
DECLARE
    me constant uuid := mend.uid();
BEGIN
    PERFORM pg_advisory_xact_lock(mend.lock_key('exports', me::text));
    IF (SELECT count(*) FROM mend.access_log AS l
        WHERE l.user_id = me AND l.action = 'exported' AND l.occurred_at > now - interval '24 hours') >= limit_a_day THEN
        RETURN false;
    END IF;
    INSERT INTO mend.access_log (user_id, occurred_at, actor, action) VALUES (me, now, 'person', 'exported');
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION mend.begin_export(integer, timestamptz) TO mend_user;

-- Records which archive the person imported.
CREATE FUNCTION mend.record_import(archive text, now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    INSERT INTO mend.access_log (user_id, occurred_at, actor, action, reason)
    VALUES (mend.uid(), now, 'person', 'imported', archive)
$$;

GRANT EXECUTE ON FUNCTION mend.record_import(text, timestamptz) TO mend_user;

-- Opens the cursor `own_rows` on all rows of the person in a table, each as JSON without a line break.
CREATE FUNCTION mend.open_own_rows(table_name text, order_by text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    own_rows refcursor := 'own_rows';
BEGIN
    OPEN own_rows NO SCROLL FOR EXECUTE format(
        $query$ SELECT replace(row_to_json(t)::text, E'\n', ' ') FROM %s AS t WHERE t.user_id = mend.uid() %s $query$,
        mend.owned_table(table_name), 'ORDER BY ' || quote_ident(order_by)
    );
END
$$;

GRANT EXECUTE ON FUNCTION mend.open_own_rows(text, text) TO mend_user;

-- Returns the sign-in of the person, as JSON. It holds no password.
CREATE FUNCTION mend.own_sign_in() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
    SELECT json_build_object(
        'id', u.id, 'email', u.email, 'email_confirmed_at', u.email_confirmed_at, 'created_at', u.created_at,
        'app_metadata', u.raw_app_meta_data, 'user_metadata', u.raw_user_meta_data
    )::text
    FROM auth.users AS u WHERE u.id = mend.uid()
$$;

GRANT EXECUTE ON FUNCTION mend.own_sign_in() TO mend_user;

-- Returns whether the person has rows in one of these tables.
CREATE FUNCTION mend.has_own_rows(tables text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    table_name text;
    has_rows boolean;
BEGIN
    FOREACH table_name IN ARRAY tables LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE user_id = mend.uid())', mend.owned_table(table_name))
        INTO has_rows;
        IF has_rows THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

GRANT EXECUTE ON FUNCTION mend.has_own_rows(text[]) TO mend_user;

-- Returns a hash of the person's rows in these tables, whatever the order of rows and whoever the person is. `tables`
-- has the columns of each table that do not count.
CREATE FUNCTION mend.state_hash(tables jsonb) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET timezone = 'UTC'
AS $$
DECLARE
    table_name text;
    left_out text[];
    rows_hash bytea;
    hash bytea := '';
BEGIN
    FOR table_name, left_out IN
        SELECT t.key, array(SELECT jsonb_array_elements_text(t.value)) FROM jsonb_each(tables) AS t
        ORDER BY t.key COLLATE "C"
    LOOP
        EXECUTE format(
            $query$
                SELECT sha256(coalesce(string_agg(digest, '' ORDER BY digest), ''))
                FROM (
                    SELECT sha256(convert_to((to_jsonb(t) - $1 - 'user_id')::text, 'UTF8')) AS digest
                    FROM %s AS t WHERE t.user_id = mend.uid()
                ) AS digests
            $query$, mend.owned_table(table_name)
        ) INTO rows_hash USING left_out;
        hash := sha256(hash || convert_to(table_name, 'UTF8') || rows_hash);
    END LOOP;
    RETURN encode(hash, 'hex');
END
$$;

GRANT EXECUTE ON FUNCTION mend.state_hash(jsonb) TO mend_user;

-- Stores rows of an archive as the person's, and returns how many. Columns in `left_out`, and those that the rows do not
-- have, get their defaults. Rows about a content that is no longer there, and rows that are there already, are skipped. With
-- `replaces`, the rows that the person has are deleted first. Only tables whose rows are deleted with the account can be written.
CREATE FUNCTION mend.import_rows(table_name text, own_rows json, left_out text[], replaces boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    target constant regclass := mend.owned_table(table_name);
    columns text;
    condition text := '';
    stored integer;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS c
        WHERE c.conrelid = target AND c.contype = 'f' AND c.confrelid = 'auth.users'::regclass AND c.confdeltype = 'c'
    ) THEN
        RAISE EXCEPTION 'rows of % do not belong to an account', table_name;
    END IF;
    SELECT string_agg(quote_ident(a.attname), ', ') INTO columns
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
      AND a.attname <> 'user_id' AND a.attname <> ALL (left_out)
      AND a.attname IN (SELECT json_object_keys(own_rows -> 0));
    IF EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS c
        WHERE c.conrelid = target AND c.contype = 'f' AND c.confrelid = 'public.content'::regclass
    ) THEN
        condition := 'WHERE r.content_id IN (SELECT c.id FROM public.content AS c)';
    END IF;
    IF replaces THEN
        EXECUTE format('DELETE FROM %s WHERE user_id = mend.uid()', target);
    END IF;
    EXECUTE format(
        'INSERT INTO %1$s (user_id, %2$s) SELECT mend.uid(), %2$s FROM json_populate_recordset(NULL::%1$s, $1) AS r %3$s '
        'ON CONFLICT DO NOTHING',
        target, columns, condition
    ) USING own_rows;
    GET DIAGNOSTICS stored = ROW_COUNT;
    RETURN stored;
END
$$;

GRANT EXECUTE ON FUNCTION mend.import_rows(text, json, text[], boolean) TO mend_user;
