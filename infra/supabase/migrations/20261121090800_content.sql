-- Returns the words of a text, as written and by their English stem, for text search.
CREATE FUNCTION mend.words(wording text) RETURNS tsvector
LANGUAGE sql IMMUTABLE
RETURN to_tsvector('english', wording) || to_tsvector('simple', wording);

-- Returns what else describes an item, as one text, for text search.
CREATE FUNCTION mend.labels(kind text, tags text[], attribution text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN kind || ' ' || array_to_string(tags, ' ') || ' ' || coalesce(attribution, '');

-- The column `content.search` calls both functions with the rights of the role that writes the item.
GRANT EXECUTE ON FUNCTION mend.words(text), mend.labels(text, text[], text) TO mend_user, mend_service;

-- The catalogue: the items that Mend recommends.
CREATE TABLE public.content (
    id uuid PRIMARY KEY,
    key text NOT NULL UNIQUE,
    kind text NOT NULL,
    title text NOT NULL,
    body text,
    minutes smallint NOT NULL CHECK (minutes > 0),
    effort smallint NOT NULL CHECK (effort BETWEEN 1 AND 5),
    fits text[] NOT NULL,          -- the moods that it suits
    leads_valence real NOT NULL,   -- the point of the circumplex that it tends to lead to
    leads_arousal real NOT NULL,
    tags text[] NOT NULL DEFAULT '{}',
    language text NOT NULL DEFAULT 'en',
    url text,
    image_url text,
    attribution text,
    evidence jsonb,                -- {"effect", "citation", "finding"}
    repeatable boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    provider text,                 -- the provider of the item, if it is not our own
    provider_id text,              -- the id of the item there
    thumbnail_url text,
    effect double precision NOT NULL
        GENERATED ALWAYS AS (coalesce((evidence ->> 'effect')::double precision, 0)) STORED,
    -- For text search. The title weighs most, the body least.
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(mend.words(title), 'A')
        || setweight(mend.words(mend.labels(kind, tags, attribution)), 'B')
        || setweight(mend.words(coalesce(body, '')), 'D')
    ) STORED,
    CONSTRAINT content_source UNIQUE (provider, provider_id),
    CONSTRAINT content_source_whole CHECK ((provider IS NULL) = (provider_id IS NULL))
);

CREATE INDEX content_best ON public.content (effect DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX content_search ON public.content USING gin (search) WHERE deleted_at IS NULL;

ALTER TABLE public.content ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.content FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.content FROM anon, authenticated;
GRANT SELECT ON public.content TO authenticated;
GRANT SELECT, INSERT, UPDATE ON public.content TO mend_user, mend_service;

-- People read what is not deleted. Admins also read deleted rows: Postgres refuses an UPDATE whose new row the role
-- cannot read.
CREATE POLICY catalogue_read ON public.content FOR SELECT TO authenticated USING (deleted_at IS NULL);
CREATE POLICY catalogue ON public.content FOR SELECT TO mend_user
    USING (deleted_at IS NULL OR (SELECT mend.is_admin()));
CREATE POLICY admin_insert ON public.content FOR INSERT TO mend_user WITH CHECK ((SELECT mend.is_admin()));
CREATE POLICY admin_update ON public.content FOR UPDATE TO mend_user
    USING ((SELECT mend.is_admin())) WITH CHECK ((SELECT mend.is_admin()));
CREATE POLICY service ON public.content TO mend_service USING (true) WITH CHECK (true);

-- An index of the catalogue by mood and kind, best evidence first. Candidates are read from a few ranges of it, so
-- reading them costs the same for a catalogue of any size.
CREATE TABLE public.content_moods (
    mood text NOT NULL,
    kind text NOT NULL,
    weight real NOT NULL,
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    -- A random order, which `content_id` may not give: ids may be in the order of their creation.
    rotation_key uuid NOT NULL GENERATED ALWAYS AS (md5(content_id::text)::uuid) STORED,
    PRIMARY KEY (content_id, mood)
);

CREATE INDEX content_moods_best ON public.content_moods (mood, kind, weight DESC, content_id);
-- A list starts to read the rotating candidates of a kind at a point of this index that moves every hour.
CREATE INDEX content_moods_rotation ON public.content_moods (mood, kind, rotation_key) INCLUDE (content_id);
ALTER TABLE public.content_moods ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.content_moods FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.content_moods FROM anon, authenticated;
GRANT SELECT ON public.content_moods TO mend_user, mend_service;
CREATE POLICY catalogue ON public.content_moods FOR SELECT TO mend_user, mend_service USING (true);

-- Updates `content_moods` after a change of an item. Without evidence, items of providers rank behind our own. The
-- function runs with the rights of its owner (SECURITY DEFINER), because the roles that write content have no right to
-- write its index.
CREATE FUNCTION mend.index_content() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    DELETE FROM public.content_moods WHERE content_id = NEW.id;
    IF NEW.deleted_at IS NULL THEN
        INSERT INTO public.content_moods (mood, kind, weight, content_id)
        SELECT DISTINCT fit, NEW.kind,
               coalesce(round((NEW.evidence ->> 'effect')::numeric, 6), 0) - (NEW.provider IS NOT NULL)::integer * 0.01, NEW.id
        FROM unnest(NEW.fits) AS fit;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER index_content AFTER INSERT OR UPDATE OF kind, fits, evidence, deleted_at ON public.content
    FOR EACH ROW EXECUTE FUNCTION mend.index_content();

-- Former versions of items, so that a list of yesterday and its reasons can still be read.
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

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions; -- similarity of words

-- Every word of the catalogue, to correct misspelt searches. A word stays when its last item is deleted. Only a
-- trigger writes this table, and only the search reads it, both with the rights of their owner. So no role of ours has
-- rights on it, or a policy.
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

-- Returns the text with each word replaced by the most similar word of the catalogue, if there is one. Words of fewer
-- than four letters have too few trigrams to compare.
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

-- Returns the items that match by English stems, or by the words as written if all of them are English stop words.
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

-- Returns the items that match, with their rank. If there are none, it corrects the spelling and searches again. It
-- runs with the rights of its owner (SECURITY DEFINER), because row-level security would prevent the use of the index.
-- It returns only ids and ranks.
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
