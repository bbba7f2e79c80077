-- What the ranking has learned about a person, as documents that a request reads as a whole. All of it is computed from
-- entries and interactions, and can be computed from them again at any time (docs/ranking.md).
CREATE TABLE mend.person_learning (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    uplift_sums json,   -- what improves this person's mood, as sums; `json` keeps the text as it was written
    beliefs json,       -- estimates computed from the sums; a list needs only these
    taste json,         -- likes and dislikes, from interactions
    similar_taste json, -- scores of items that people with a similar taste liked
    learned_until timestamptz,  -- the time of the latest entry in the sums
    entry_count integer,        -- how many entries the person had then
    population_version integer, -- the population tables that the sums were learned with
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- What holds for everyone. A job fits it every night, and the newest version is used.
CREATE TABLE mend.population_tables (
    version integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    document json NOT NULL,
    people integer NOT NULL, -- how many people's sums it was fitted to
    fitted_at timestamptz NOT NULL DEFAULT now()
);

-- The nearest items of each liked item. A job computes them every night from what the same people liked or completed.
CREATE TABLE mend.neighbours (
    liked_content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    similarity real NOT NULL,
    people integer NOT NULL, -- how many people liked or completed both
    PRIMARY KEY (liked_content_id, content_id)
);

CREATE INDEX neighbours_content ON mend.neighbours (content_id);

ALTER TABLE mend.person_learning ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.person_learning FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.population_tables ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.population_tables FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.neighbours ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.neighbours FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE ON mend.person_learning TO mend_user, mend_service;
GRANT SELECT ON mend.population_tables TO mend_user;
GRANT SELECT, INSERT, DELETE ON mend.population_tables, mend.neighbours TO mend_service;

CREATE POLICY own ON mend.person_learning TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.person_learning TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY everyone ON mend.population_tables FOR SELECT TO mend_user USING (true);
CREATE POLICY service ON mend.population_tables TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.neighbours TO mend_service USING (true) WITH CHECK (true);

-- Returns what a list must know about the taste of a person. It is a function, because a session keeps the query
-- plans of a function. Postgres would plan a plain statement again for every check-in.
CREATE FUNCTION mend.person_knowledge(
    person uuid, OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[]
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_column
BEGIN
    SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l WHERE l.user_id = person;
    SELECT p.interests, p.avoid INTO interests, avoid FROM public.user_profiles AS p WHERE p.user_id = person;
END
$$;

GRANT EXECUTE ON FUNCTION mend.person_knowledge(uuid) TO mend_user, mend_service;
