-- deploy: the table has few rows, those of people who left within the last month
-- An id stays here until Mixpanel says that its data is deleted, and no longer only until it was asked to delete it.
ALTER TABLE mend.analytics_deletions
    ADD COLUMN task_id text,              -- Mixpanel's, once it was asked
    ADD COLUMN checked_at timestamptz,    -- when the task was last asked about, or made
    ADD COLUMN tasks smallint NOT NULL DEFAULT 0; -- how many have been made for this id

CREATE INDEX analytics_deletions_due ON mend.analytics_deletions (due_since) WHERE task_id IS NULL;
CREATE INDEX analytics_deletions_unchecked ON mend.analytics_deletions (checked_at) WHERE task_id IS NOT NULL;
GRANT UPDATE ON mend.analytics_deletions TO mend_service;
