-- Files that people upload (shared/files). The file store holds the content, at {user_id}/{id} in the
-- bucket of the category.
CREATE TABLE mend.files (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    category text NOT NULL,
    media_type text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'complete', 'refused', 'deleted')),
    size integer CHECK (size > 0),
    sha256 bytea CHECK (length(sha256) = 32),
    begun_at timestamptz NOT NULL,
    CHECK (state <> 'complete' OR (size IS NOT NULL AND sha256 IS NOT NULL))
);

CREATE INDEX files_newest ON mend.files (user_id, id);
CREATE INDEX files_unfinished ON mend.files (begun_at) WHERE state <> 'complete';
CREATE INDEX files_pending ON mend.files (user_id) WHERE state = 'pending';

ALTER TABLE mend.files ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.files FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE ON mend.files TO mend_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON mend.files TO mend_service;

CREATE POLICY own ON mend.files TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.files TO mend_service USING (true) WITH CHECK (true);
