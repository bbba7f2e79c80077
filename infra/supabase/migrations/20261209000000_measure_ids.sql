-- The ids of a person's measures are made from their names and this key. They stand in URLs, where a name would tell
-- what a person measures.
ALTER TABLE mend.insight_people ADD COLUMN measure_key uuid NOT NULL DEFAULT gen_random_uuid();
