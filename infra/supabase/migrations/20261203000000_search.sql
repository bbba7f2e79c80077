-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- Search by words, word forms, moods, kinds, tags and topics. Words are weighed, and none is required.

CREATE EXTENSION IF NOT EXISTS fuzzystrmatch WITH SCHEMA extensions; -- the number of letters in which words differ

ALTER TABLE public.content
    ADD COLUMN steps text[] NOT NULL DEFAULT '{}',
    ADD COLUMN topics text[] NOT NULL DEFAULT '{}',       -- what people look for that its other columns do not say
    ADD COLUMN translations jsonb NOT NULL DEFAULT '{}';  -- columns by language: {"de": {"language", "title", "body", "steps"}}

DROP TRIGGER store_words ON public.content;
DROP FUNCTION mend.store_words();
DROP FUNCTION mend.search_content(text);
DROP FUNCTION mend.matching_content(text);
DROP FUNCTION mend.corrected_spelling(text);
ALTER TABLE public.content DROP COLUMN search;
DROP FUNCTION mend.words(text);
DROP FUNCTION mend.labels(text, text[], text);

-- The index: the terms of each item. A term is the stem of a word, or a concept such as `mood:sad` or `topic:sleep`.
-- Only triggers write it and only the search reads it, both with the rights of their owner, as with the next table.
CREATE TABLE mend.content_terms (
    term text NOT NULL,
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    weight real NOT NULL,
    PRIMARY KEY (content_id, term)
);

CREATE INDEX content_terms_best ON mend.content_terms (term, weight DESC, content_id);
ALTER TABLE mend.content_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.content_terms FORCE ROW LEVEL SECURITY;

-- Everyday phrases, as a row of stems, and the concepts that they mean. `mend seed` writes them.
CREATE TABLE mend.search_phrases (
    phrase text NOT NULL,
    concept text NOT NULL,
    PRIMARY KEY (phrase, concept)
);

ALTER TABLE mend.search_phrases ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.search_phrases FORCE ROW LEVEL SECURITY;

-- Returns the text in lower case, without accents, apostrophes and variation selectors.
CREATE FUNCTION mend.folded(wording text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN replace(regexp_replace(normalize(lower(wording), NFKD), '[\u0300-\u036f\ufe0f''’]', '', 'g'), 'ß', 'ss');

-- Returns the words of a text in their order. An emoji is a word.
CREATE FUNCTION mend.words_of(wording text) RETURNS TABLE (word text, place bigint)
LANGUAGE sql IMMUTABLE ROWS 20
BEGIN ATOMIC
    SELECT left(found[1], 40), number
    FROM regexp_matches(mend.folded(wording), '\w+|[\u2190-\u2bff\U0001f000-\U0001faff]', 'g') WITH ORDINALITY AS m (found, number);
END;

-- Returns the stem of a word, such as `en:walk`. It is null for a word that says nothing by itself, such as "the".
CREATE FUNCTION mend.stem(word text, language text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE split_part(language, '-', 1)
    WHEN 'en' THEN 'en:' || (ts_lexize('pg_catalog.english_stem', word))[1]
    WHEN 'de' THEN 'de:' || (ts_lexize('pg_catalog.german_stem', word))[1]
    ELSE word
END;

-- A negation changes what a phrase means ("no energy"), so it is kept although stemmers leave it out.
CREATE FUNCTION mend.is_negation(word text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN word = ANY ('{no,not,cant,cannot,dont,without,never,nothing,kein,keine,keinen,nicht,ohne,nie,nichts}'::text[]);

-- Returns the key of a phrase in `mend.search_phrases`.
CREATE FUNCTION mend.phrase_key(wording text, language text) RETURNS text
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT coalesce(string_agg(coalesce(stem, word), ' ' ORDER BY place) FILTER (WHERE stem IS NOT NULL OR mend.is_negation(word)),
                    string_agg(word, ' ' ORDER BY place))
    FROM mend.words_of(wording) CROSS JOIN LATERAL mend.stem(word, language) AS stem;
END;

-- Returns the texts of an item in all their languages, with the weight of a word in them.
CREATE FUNCTION mend.texts_of(item public.content) RETURNS TABLE (wording text, language text, weight real)
LANGUAGE sql IMMUTABLE ROWS 6
BEGIN ATOMIC
    SELECT item.title, item.language, 4::real
    UNION ALL SELECT item.body, item.language, 1
    UNION ALL SELECT item.attribution, 'en', 3
    UNION ALL SELECT array_to_string(item.tags, ' '), item.language, 2
    UNION ALL SELECT text ->> 'title', key, 4 FROM jsonb_each(item.translations) AS t (key, text)
    UNION ALL SELECT text ->> 'body', key, 1 FROM jsonb_each(item.translations) AS t (key, text);
END;

-- Returns the terms of an item. A title is also found by words that have no stem ("Here we are").
CREATE FUNCTION mend.terms_of(item public.content) RETURNS TABLE (term text, weight real)
LANGUAGE sql IMMUTABLE ROWS 70
BEGIN ATOMIC
    SELECT all_terms.term, sum(all_terms.weight)::real
    FROM (
        SELECT DISTINCT coalesce(mend.stem(w.word, t.language), CASE t.weight WHEN 4 THEN w.word END), t.weight
        FROM mend.texts_of(item) AS t CROSS JOIN LATERAL mend.words_of(t.wording) AS w
        UNION ALL SELECT 'minutes:' || item.minutes, 4
        UNION ALL
        SELECT concept, 3 + coalesce((item.evidence ->> 'effect')::real, 0) -- the best evidence first
        FROM unnest(
            'kind:' || item.kind
            || ARRAY(SELECT DISTINCT 'tag:' || tag FROM unnest(item.tags) AS tag)
            || ARRAY(SELECT DISTINCT 'topic:' || topic FROM unnest(item.topics) AS topic)
        ) AS concept
        UNION ALL -- an item names the mood first that it fits best
        SELECT 'mood:' || mood, 3 + coalesce((item.evidence ->> 'effect')::real, 0) + 1.0 / min(place)
        FROM unnest(item.fits) WITH ORDINALITY AS fits (mood, place)
        GROUP BY mood
    ) AS all_terms (term, weight)
    WHERE all_terms.term IS NOT NULL
    GROUP BY all_terms.term;
END;

-- `mend.content_words` has the words to correct misspelt ones with: those of the catalogue and those of phrases.
CREATE FUNCTION mend.index_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    DELETE FROM mend.content_terms WHERE content_id = NEW.id;
    IF NEW.deleted_at IS NULL THEN
        INSERT INTO mend.content_terms (term, content_id, weight) SELECT t.term, NEW.id, t.weight FROM mend.terms_of(NEW) AS t;
        INSERT INTO mend.content_words (word)
        SELECT DISTINCT w.word FROM mend.texts_of(NEW) AS t CROSS JOIN LATERAL mend.words_of(t.wording) AS w
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER index_terms
    AFTER INSERT OR UPDATE OF kind, title, body, tags, attribution, evidence, fits, topics, translations, language, deleted_at
    ON public.content FOR EACH ROW EXECUTE FUNCTION mend.index_terms();

ALTER INDEX mend.content_words_spelling SET (fastupdate = off); -- a list of pending words would be read by every search
TRUNCATE mend.content_words;
UPDATE public.content SET topics = topics; -- fills the index

-- Returns the words that stand for a word of a search: the word itself if it is known or too short to compare, else
-- its usual spelling (muede: müde), the same letters with two of them swapped, the two words that it is made of
-- (Abendspaziergang), or the most similar word. Returns nothing if there is none.
CREATE FUNCTION mend.known_words(wanted text) RETURNS SETOF text
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = '' SET pg_trgm.similarity_threshold = 0.25
AS $$
DECLARE
    stems text[] := ARRAY[mend.stem(wanted, 'en'), mend.stem(wanted, 'de')];
BEGIN
    IF length(wanted) < 4 OR stems[1] IS NULL OR stems[2] IS NULL
        OR EXISTS (SELECT FROM mend.content_words WHERE word = wanted)
        OR EXISTS (SELECT FROM mend.content_terms WHERE term = ANY (stems))
    THEN
        RETURN NEXT wanted;
        RETURN;
    END IF;
    RETURN QUERY SELECT word FROM mend.content_words WHERE word = regexp_replace(wanted, '([aou])e', '\1', 'g');
    IF NOT FOUND THEN
        RETURN QUERY
        SELECT word FROM generate_series(1, length(wanted) - 1) AS i
        JOIN mend.content_words ON word = overlay(wanted PLACING reverse(substr(wanted, i, 2)) FROM i FOR 2)
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        RETURN QUERY
        SELECT unnest(ARRAY[tail.word, head.word])
        FROM generate_series(4, length(wanted) - 4) AS i
        JOIN mend.content_words AS tail ON tail.word = substr(wanted, i + 1)
        JOIN mend.content_words AS head
            ON head.word IN (left(wanted, i), regexp_replace(left(wanted, i), '(e?s|e?n)$', ''))
        WHERE length(head.word) > 3
        ORDER BY i LIMIT 2;
    END IF;
    IF NOT FOUND THEN
        RETURN QUERY
        SELECT word
        FROM mend.content_words CROSS JOIN LATERAL extensions.levenshtein(word, wanted) AS difference
        WHERE word OPERATOR(extensions.%) wanted AND difference <= (length(wanted) + 1) / 4
        ORDER BY difference - extensions.similarity(word, wanted), word
        LIMIT 1;
    END IF;
END
$$;

-- Returns the terms that a search asks for. Terms of one part say the same, so only the best of them counts. Of
-- phrases that overlap, the longest counts. Words of a phrase count little beside what the phrase means.
CREATE FUNCTION mend.terms_of_query(wording text) RETURNS TABLE (part text, term text, weight real)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH words AS MATERIALIZED (
        SELECT known.word, row_number() OVER (ORDER BY w.place, known.number) AS place,
               mend.stem(known.word, 'en') AS en, mend.stem(known.word, 'de') AS de
        FROM mend.words_of(wording) AS w
        CROSS JOIN LATERAL mend.known_words(w.word) WITH ORDINALITY AS known (word, number)
    ), kept AS MATERIALIZED (
        SELECT word, coalesce(en, word) AS en, coalesce(de, word) AS de, row_number() OVER (ORDER BY place) AS place
        FROM words
        WHERE (en IS NOT NULL AND de IS NOT NULL) OR mend.is_negation(word)
            OR NOT EXISTS (SELECT FROM words AS w WHERE w.en IS NOT NULL AND w.de IS NOT NULL)
    ), phrases AS MATERIALIZED (
        SELECT first.place AS first, last.place AS last, p.concept
        FROM kept AS first
        JOIN kept AS last ON last.place BETWEEN first.place AND first.place + 2
        CROSS JOIN LATERAL (
            SELECT string_agg(en, ' ' ORDER BY place) AS en, string_agg(de, ' ' ORDER BY place) AS de
            FROM kept WHERE place BETWEEN first.place AND last.place
        ) AS key
        JOIN mend.search_phrases AS p ON p.phrase IN (key.en, key.de)
    ), meant AS MATERIALIZED (
        SELECT * FROM phrases AS p
        WHERE NOT EXISTS (
            SELECT FROM phrases AS longer
            WHERE longer.first <= p.first AND longer.last >= p.last AND longer.last - longer.first > p.last - p.first
        )
    )
    SELECT DISTINCT concept, concept, 1.5::real FROM meant
    UNION ALL
    SELECT place::text, form,
           CASE WHEN EXISTS (SELECT FROM meant WHERE place BETWEEN first AND last) THEN 0.5 ELSE 1 END::real
    FROM kept CROSS JOIN LATERAL (SELECT unnest(ARRAY[word, en, de]) AS form) AS forms;
END;

-- Returns the items that match, with their rank. A word that few items have counts more, and concepts count the same.
-- Of a term that very many items have, only the 500 best are read, so that a search costs the same in a catalogue of
-- any size. Items with a word after "-" are left out. The function runs with the rights of its owner (SECURITY DEFINER), because
-- no role may read the index. It returns only ids and ranks.
CREATE FUNCTION mend.search_content(terms text) RETURNS TABLE (id uuid, rank double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    parts integer[];
    names text[];
    weights real[];
    unwanted uuid[];
BEGIN
    SELECT array_agg(q.part), array_agg(q.term), array_agg(q.weight / CASE q.term WHEN q.part_name THEN 4 ELSE ln(2 + n.items) END)
    INTO parts, names, weights
    FROM (
        SELECT t.part AS part_name, t.term, t.weight, dense_rank() OVER (ORDER BY t.part) AS part
        FROM mend.terms_of_query(regexp_replace(terms, '(^|\s)-\w+', ' ', 'g')) AS t
    ) AS q
    CROSS JOIN LATERAL (
        SELECT count(*) AS items FROM (SELECT FROM mend.content_terms AS t WHERE t.term = q.term LIMIT 500) AS first_items
    ) AS n
    WHERE n.items > 0;
    unwanted := ARRAY(
        SELECT t.content_id FROM mend.content_terms AS t
        WHERE t.term IN (
            SELECT unnest(ARRAY[word, mend.stem(word, 'en'), mend.stem(word, 'de')])
            FROM regexp_matches(mend.folded(terms), '(?:^|\s)-(\w+)', 'g') AS found (words) CROSS JOIN LATERAL unnest(words) AS word
        )
    );
    RETURN QUERY
    SELECT hits.content_id, round(sum(hits.score::double precision) * 1000000) / 1000000
    FROM (
        SELECT q.part, t.content_id, max(q.weight * t.weight) AS score
        FROM unnest(parts, names, weights) AS q (part, term, weight)
        CROSS JOIN LATERAL (
            SELECT c.content_id, c.weight FROM mend.content_terms AS c
            WHERE c.term = q.term ORDER BY c.weight DESC, c.content_id LIMIT 500
        ) AS t
        GROUP BY q.part, t.content_id
    ) AS hits
    WHERE hits.content_id <> ALL (unwanted)
    GROUP BY hits.content_id;
END
$$;

GRANT EXECUTE ON FUNCTION mend.search_content(text) TO mend_user;

-- The language in which the person reads.
CREATE FUNCTION mend.language() RETURNS text
LANGUAGE sql STABLE
RETURN split_part(coalesce((SELECT locale FROM public.user_profiles WHERE user_id = mend.uid()), 'en'), '-', 1);

-- Returns the item with its translation, if it has one in this language.
CREATE FUNCTION mend.in_language(item public.content, language text) RETURNS public.content
LANGUAGE sql IMMUTABLE
RETURN jsonb_populate_record(item, item.translations -> language);

GRANT EXECUTE ON FUNCTION mend.language(), mend.in_language(public.content, text) TO mend_user, mend_service;
