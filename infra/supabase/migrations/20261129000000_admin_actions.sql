-- What admins changed through the functions: who, when, which row, and the row before and after. Only the trigger below
-- writes this table, with the rights of its owner. No role of ours has a right on it or a policy, so nothing that the
-- functions do can change or delete an entry. `mend admin-actions` reads it as the owner of the database.
CREATE TABLE mend.admin_actions (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    user_id uuid NOT NULL,  -- no foreign key: an entry outlives the admin's account
    occurred_at timestamptz NOT NULL DEFAULT now(),
    action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    table_name text NOT NULL,
    before jsonb,
    after jsonb
);

ALTER TABLE mend.admin_actions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.admin_actions FORCE ROW LEVEL SECURITY;

-- Records a change that an admin makes, in their transaction. Changes by jobs and by the owner are not recorded. Every
-- table that admins may write has this trigger. `search` is left out, because it follows from other columns.
CREATE FUNCTION mend.record_admin_action() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF mend.is_admin() THEN
        INSERT INTO mend.admin_actions (user_id, action, table_name, before, after)
        VALUES (
            mend.uid(), lower(TG_OP), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, to_jsonb(OLD) - 'search',
            to_jsonb(NEW) - 'search'
        );
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER record_admin_action AFTER INSERT OR UPDATE OR DELETE ON public.content
    FOR EACH ROW EXECUTE FUNCTION mend.record_admin_action();
