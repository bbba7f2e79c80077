-- The message of a change is put into words when it is read, in the person's language then. Older rows have an English message,
-- which is no longer read; newer ones have what the message tells beside its reason.
ALTER TABLE public.plan_changes
    ALTER COLUMN message SET DEFAULT '',
    ADD COLUMN details jsonb NOT NULL DEFAULT '{}';
