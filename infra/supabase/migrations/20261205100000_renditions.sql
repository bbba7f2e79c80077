-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- Renditions of uploaded pictures, each a file of its own, and uploads that another file stands for (shared/files).
ALTER TABLE mend.files
    ADD COLUMN rendition text CHECK (rendition IN ('large', 'medium', 'small')),
    ADD COLUMN original uuid, -- the id of its upload, whose row is swept
    ADD COLUMN original_sha256 bytea CHECK (length(original_sha256) = 32),
    ADD CHECK ((rendition IS NULL) = (original IS NULL) AND (rendition IS NULL) = (original_sha256 IS NULL)),
    DROP CONSTRAINT files_state_check,
    ADD CONSTRAINT files_state_check CHECK (state IN ('pending', 'complete', 'refused', 'deleted', 'replaced'));
