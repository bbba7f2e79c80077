-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- A stored response loses its body as soon as a record that it names is changed or deleted. Its key stays, so that a
-- repetition of the request cannot bring the record back.
ALTER TABLE mend.idempotency_keys
    ADD COLUMN records uuid[], -- the ids in the body; NULL in rows of release 0.1.0, which may name any record
    ALTER COLUMN body DROP NOT NULL; -- NULL if it was too large to store, or is forgotten

-- Jobs see how old a row is, and nothing else. The sweep deletes rows by their ctid.
REVOKE SELECT ON mend.idempotency_keys FROM mend_service;
GRANT SELECT (created_at, ctid) ON mend.idempotency_keys TO mend_service;

-- For a table with the columns `user_id` and `id`. A statement passes the rows that it changes or deletes as `old_rows`.
CREATE FUNCTION mend.forget_responses() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    UPDATE mend.idempotency_keys AS k SET body = NULL
    FROM (SELECT user_id, array_agg(id) AS ids FROM old_rows GROUP BY user_id) AS changed
    WHERE k.user_id = changed.user_id AND k.body IS NOT NULL AND coalesce(k.records && changed.ids, true);
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_deleted AFTER DELETE ON public.mood_entries REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
CREATE TRIGGER forget_changed AFTER UPDATE ON public.mood_entries REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
