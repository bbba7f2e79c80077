-- What the companion remembers, what its replies are made of, and what they cost (docs/companion.md).
ALTER TABLE public.conversation_messages
    ADD COLUMN receipt jsonb, -- of a reply of a model: what it was made of
    ADD COLUMN held boolean NOT NULL DEFAULT false; -- no model replies after it, until the person says that they are safe

CREATE TABLE public.companion_memories (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    text text NOT NULL CHECK (length(text) <= 500),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);

CREATE INDEX companion_memories_newest ON public.companion_memories (user_id, created_at DESC, id DESC);

-- The tokens of a person's replies, by day (UTC) and task. A reply that has begun is counted as estimated, and when it has
-- ended as its provider counted.
CREATE TABLE mend.ai_usage (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    day date NOT NULL,
    task text NOT NULL,
    replies integer NOT NULL,
    input_tokens integer NOT NULL,
    output_tokens integer NOT NULL,
    PRIMARY KEY (user_id, day, task)
);

ALTER TABLE public.companion_memories ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.companion_memories FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.ai_usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.ai_usage FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.companion_memories FROM anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.companion_memories TO mend_user;
GRANT SELECT, INSERT, UPDATE ON mend.ai_usage TO mend_user;
CREATE POLICY own ON public.companion_memories TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON mend.ai_usage TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));

CREATE TRIGGER forget_deleted AFTER DELETE ON public.companion_memories REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
CREATE TRIGGER forget_changed AFTER UPDATE ON public.companion_memories REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
