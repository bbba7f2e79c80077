-- Search in one's own conversations. The index has a row for each word of a message. It is read by equality and order
-- alone, which Postgres may do before it checks a policy: under row-level security, a full-text index would not be used.
CREATE TABLE mend.message_terms (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    term bigint NOT NULL, -- `mend.term_key` of the stem
    written_at timestamptz NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (user_id, term, written_at, message_id),
    CONSTRAINT message_terms_message_fkey FOREIGN KEY (user_id, message_id)
        REFERENCES public.conversation_messages (user_id, id) ON DELETE CASCADE
);

CREATE INDEX message_terms_message ON mend.message_terms (user_id, message_id);
ALTER TABLE mend.message_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.message_terms FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mend.message_terms TO mend_user;
CREATE POLICY own ON mend.message_terms FOR SELECT TO mend_user USING (user_id = (SELECT mend.uid()));

-- Eight bytes that stand for a stem.
CREATE FUNCTION mend.term_key(stem text) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN ('x' || left(encode(sha256(convert_to(stem, 'UTF8')), 'hex'), 16))::bit(64)::bigint;

-- Returns the terms of a message: the stems of its words in its own language. That is English or German, whichever of
-- them has more of the words that say nothing by themselves, or else the person's language.
CREATE FUNCTION mend.terms_of_message(wording text, person_language text) RETURNS SETOF bigint
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    WITH words AS MATERIALIZED (
        SELECT DISTINCT w.word, mend.stem(w.word, 'en') AS en, mend.stem(w.word, 'de') AS de FROM mend.words_of(wording) AS w
    ), own AS MATERIALIZED (
        SELECT CASE sign(count(*) FILTER (WHERE en IS NULL) - count(*) FILTER (WHERE de IS NULL))
                   WHEN 1 THEN 'en' WHEN -1 THEN 'de' ELSE split_part(person_language, '-', 1) END AS language
        FROM words
    )
    SELECT DISTINCT mend.term_key(CASE language WHEN 'en' THEN en WHEN 'de' THEN de ELSE word END)
    FROM words CROSS JOIN own
    WHERE CASE language WHEN 'en' THEN en WHEN 'de' THEN de ELSE word END IS NOT NULL;
END;

-- Writes the terms of a message anew. The first message of a conversation, which says what the companion is, stands for
-- the title.
CREATE FUNCTION mend.index_message(message public.conversation_messages) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    wording text := CASE message.position
        WHEN 1 THEN (
            SELECT c.title FROM public.conversations AS c
            WHERE (c.user_id, c.id) = (message.user_id, message.conversation_id)
        )
        ELSE array_to_string(message.parts, '')
    END;
    person_language text := coalesce((SELECT p.locale FROM public.user_profiles AS p WHERE p.user_id = message.user_id), 'en');
BEGIN
    DELETE FROM mend.message_terms AS t WHERE (t.user_id, t.message_id) = (message.user_id, message.id);
    INSERT INTO mend.message_terms (user_id, term, written_at, message_id)
    SELECT message.user_id, term, message.created_at, message.id
    FROM mend.terms_of_message(wording, person_language) AS term;
END
$$;

CREATE FUNCTION mend.index_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    PERFORM mend.index_message(NEW);
    RETURN NULL;
END
$$;

CREATE FUNCTION mend.index_titles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    PERFORM mend.index_message(m) FROM public.conversation_messages AS m
    WHERE (m.user_id, m.conversation_id, m.position) = (NEW.user_id, NEW.id, 1);
    RETURN NULL;
END
$$;

-- A reply is indexed when it has ended.
CREATE TRIGGER index_new AFTER INSERT ON public.conversation_messages
    FOR EACH ROW WHEN (NEW.alive_until IS NULL) EXECUTE FUNCTION mend.index_messages();
CREATE TRIGGER index_changed AFTER UPDATE OF alive_until, replaced_at ON public.conversation_messages
    FOR EACH ROW WHEN (
        NEW.alive_until IS NULL
        AND (OLD.alive_until IS NOT NULL OR OLD.replaced_at IS DISTINCT FROM NEW.replaced_at)
    ) EXECUTE FUNCTION mend.index_messages();
CREATE TRIGGER index_titles AFTER UPDATE OF title ON public.conversations
    FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION mend.index_titles();

GRANT EXECUTE ON FUNCTION mend.folded(text), mend.words_of(text), mend.stem(text, text), mend.term_key(text) TO mend_user;

SELECT mend.index_message(m) FROM public.conversation_messages AS m WHERE m.alive_until IS NULL OR m.alive_until < now();
