-- Whether the token belongs to an admin. Only the issuer writes `app_metadata`.
CREATE FUNCTION mend.is_admin() RETURNS boolean
LANGUAGE sql STABLE
RETURN coalesce(
    nullif(current_setting('request.jwt.claims', true), '')::jsonb #>> '{app_metadata,role}' = 'admin', false
);

GRANT EXECUTE ON FUNCTION mend.is_admin() TO mend_user;

-- People read what is not deleted. Admins read deleted rows as well: Postgres refuses an UPDATE whose new row the role
-- cannot read.
DROP POLICY catalogue ON public.content;
CREATE POLICY catalogue_read ON public.content FOR SELECT TO authenticated USING (deleted_at IS NULL);
CREATE POLICY catalogue ON public.content FOR SELECT TO mend_user
    USING (deleted_at IS NULL OR (SELECT mend.is_admin()));
CREATE POLICY admin_insert ON public.content FOR INSERT TO mend_user WITH CHECK ((SELECT mend.is_admin()));
CREATE POLICY admin_update ON public.content FOR UPDATE TO mend_user
    USING ((SELECT mend.is_admin())) WITH CHECK ((SELECT mend.is_admin()));
GRANT INSERT, UPDATE ON public.content TO mend_user;

-- Former versions of items, so that yesterday's list and its reasons can still be read.
CREATE TABLE public.content_versions (
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    version integer NOT NULL,
    snapshot jsonb NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (content_id, version)
);

ALTER TABLE public.content_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.content_versions FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.content_versions FROM anon, authenticated;
GRANT SELECT ON public.content_versions TO mend_user;
CREATE POLICY catalogue ON public.content_versions FOR SELECT TO mend_user USING (true);

CREATE FUNCTION mend.store_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    INSERT INTO public.content_versions (content_id, version, snapshot)
    VALUES (OLD.id, OLD.version, to_jsonb(OLD) - 'search')
    ON CONFLICT DO NOTHING; -- stored already when the item was deleted; now it is restored
    RETURN NULL;
END
$$;

CREATE TRIGGER store_version AFTER UPDATE OF version, deleted_at ON public.content
    FOR EACH ROW EXECUTE FUNCTION mend.store_version();

-- Text search. Words are indexed as written and by their English stem. The title weighs most, the body least.
CREATE FUNCTION mend.words(wording text) RETURNS tsvector
LANGUAGE sql IMMUTABLE
RETURN to_tsvector('english', wording) || to_tsvector('simple', wording);

CREATE FUNCTION mend.labels(kind text, tags text[], attribution text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN kind || ' ' || array_to_string(tags, ' ') || ' ' || coalesce(attribution, '');

-- The generated column `search` calls these with the rights of the role that writes the item.
GRANT EXECUTE ON FUNCTION mend.words(text), mend.labels(text, text[], text) TO mend_user, mend_service;

ALTER TABLE public.content
    ADD COLUMN thumbnail_url text,
    ADD COLUMN effect double precision NOT NULL
        GENERATED ALWAYS AS (coalesce((evidence ->> 'effect')::double precision, 0)) STORED,
    ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(mend.words(title), 'A')
        || setweight(mend.words(mend.labels(kind, tags, attribution)), 'B')
        || setweight(mend.words(coalesce(body, '')), 'D')
    ) STORED;

CREATE INDEX content_best ON public.content (effect DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX content_search ON public.content USING gin (search) WHERE deleted_at IS NULL;

-- Every word of the catalogue, to correct misspelt searches. A word stays when its last item is deleted.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;

CREATE TABLE mend.content_words (word text PRIMARY KEY);

CREATE INDEX content_words_spelling ON mend.content_words USING gin (word extensions.gin_trgm_ops);
ALTER TABLE mend.content_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.content_words FORCE ROW LEVEL SECURITY;

CREATE FUNCTION mend.store_words() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    INSERT INTO mend.content_words (word)
    SELECT word FROM unnest(tsvector_to_array(NEW.search)) AS word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER store_words AFTER INSERT OR UPDATE OF kind, title, body, tags, attribution ON public.content
    FOR EACH ROW EXECUTE FUNCTION mend.store_words();

-- The text with each word replaced by the most similar word of the catalogue, if any. Words of fewer than four letters
-- have too few trigrams to compare.
CREATE FUNCTION mend.corrected_spelling(terms text) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT string_agg(coalesce(similar_words.word, part), '' ORDER BY place)
    FROM (
        SELECT lower(match[1]), place FROM regexp_matches(terms, '\w+|\W+', 'g') WITH ORDINALITY AS m (match, place)
    ) AS parts (part, place)
    LEFT JOIN LATERAL (
        SELECT w.word FROM mend.content_words AS w
        WHERE part ~ '\w{4}' AND w.word OPERATOR(extensions.%) part AND extensions.similarity(w.word, part) > 0.4
        ORDER BY extensions.similarity(w.word, part) DESC, w.word
        LIMIT 1
    ) AS similar_words ON true;
END;

-- Matches by English stems, or by the words as written where all of them are English stop words.
CREATE FUNCTION mend.matching_content(terms text) RETURNS TABLE (id uuid, rank double precision)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT c.id, ts_rank(c.search, query)
    FROM websearch_to_tsquery('english', terms) AS stems
    CROSS JOIN LATERAL (
        SELECT CASE numnode(stems) WHEN 0 THEN websearch_to_tsquery('simple', terms) ELSE stems END
    ) AS parsed (query)
    JOIN public.content AS c ON c.search @@ query AND c.deleted_at IS NULL;
END;

-- The items that match, with their rank. Without a match the spelling is corrected and the search repeated. SECURITY
-- DEFINER, because row-level security would prevent the use of the index; it returns ids only.
CREATE FUNCTION mend.search_content(terms text) RETURNS TABLE (id uuid, rank double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    RETURN QUERY SELECT * FROM mend.matching_content(terms);
    IF NOT FOUND THEN
        terms := mend.corrected_spelling(terms); -- here, so that it runs once and not for every row
        RETURN QUERY SELECT * FROM mend.matching_content(terms);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.search_content(text) TO mend_user;

-- What a person did with an item. Rows are never changed: a change of mind is another interaction.
CREATE TABLE public.user_interactions (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL, -- chosen by the client, therefore unique only within a person
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    kind text NOT NULL,
    recommendation_id uuid, -- the list that the item was on
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
);

CREATE INDEX user_interactions_newest ON public.user_interactions (user_id, occurred_at DESC);
CREATE INDEX user_interactions_content ON public.user_interactions (content_id);

CREATE TABLE public.saved_content (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, content_id)
);

CREATE INDEX saved_content_newest ON public.saved_content (user_id, saved_at DESC, content_id DESC);
CREATE INDEX saved_content_content ON public.saved_content (content_id);

ALTER TABLE public.user_interactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_interactions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.saved_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.saved_content FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.user_interactions, public.saved_content FROM anon, authenticated;
GRANT SELECT ON public.user_interactions, public.saved_content TO authenticated, mend_service;
GRANT SELECT, INSERT ON public.user_interactions TO mend_user;
GRANT SELECT, INSERT, DELETE ON public.saved_content TO mend_user;

CREATE POLICY own_read ON public.user_interactions FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_read ON public.saved_content FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.user_interactions TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.saved_content TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.user_interactions FOR SELECT TO mend_service USING (true);
CREATE POLICY service ON public.saved_content FOR SELECT TO mend_service USING (true);

-- The contents that the person has hidden, and neither restored nor liked since. Of two interactions at one instant the
-- one with the greater id is the later, as everywhere.
CREATE FUNCTION mend.hidden_content() RETURNS SETOF uuid
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT latest.content_id
    FROM (
        SELECT DISTINCT ON (i.content_id) i.content_id, i.kind
        FROM public.user_interactions AS i
        WHERE i.user_id = mend.uid() AND i.kind IN ('hide', 'unhide', 'like')
        ORDER BY i.content_id, i.occurred_at DESC, i.id DESC
    ) AS latest
    WHERE latest.kind = 'hide';
END;

GRANT EXECUTE ON FUNCTION mend.hidden_content() TO mend_user;
