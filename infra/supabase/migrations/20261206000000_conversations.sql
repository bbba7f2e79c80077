-- Conversations of people with the companion (docs/companion.md).
CREATE TABLE public.conversations (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    module text NOT NULL CHECK (module IN ('companion')),
    mode text NOT NULL CHECK (mode IN ('solo')),
    title text CHECK (length(title) <= 200), -- NULL until the person sends or names something
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,         -- when the latest message came, or the title changed
    PRIMARY KEY (user_id, id)
);

CREATE INDEX conversations_newest ON public.conversations (user_id, changed_at DESC, id DESC);

-- What the person wrote, and the replies. A reply is stored sentence by sentence while it is made.
CREATE TABLE public.conversation_messages (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    position integer NOT NULL, -- in its conversation, from 1 on
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    parts text[] NOT NULL,     -- the text is all of them together
    answers uuid,              -- the message that this is the reply to
    status text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'cancelled', 'failed')),
    alive_until timestamptz,   -- of a reply that is queued or running: its process renews this, or else it has died
    cancel_requested boolean NOT NULL DEFAULT false,
    failure text,              -- why a reply failed
    support jsonb,             -- what the reply offers beside its text
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT conversation_messages_conversation_fkey FOREIGN KEY (user_id, conversation_id)
        REFERENCES public.conversations (user_id, id) ON DELETE CASCADE,
    CONSTRAINT conversation_messages_position UNIQUE (user_id, conversation_id, position),
    CHECK ((status IN ('queued', 'running')) = (alive_until IS NOT NULL))
);

CREATE INDEX conversation_messages_replies ON public.conversation_messages (user_id, answers) WHERE answers IS NOT NULL;

ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_messages FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.conversations, public.conversation_messages FROM anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.conversations TO mend_user;
GRANT SELECT, INSERT, UPDATE ON public.conversation_messages TO mend_user;
CREATE POLICY own ON public.conversations TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.conversation_messages TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));

CREATE TRIGGER forget_deleted AFTER DELETE ON public.conversations REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
CREATE TRIGGER forget_changed AFTER UPDATE ON public.conversations REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();

-- The text of this purpose now names the providers and what they are sent.
UPDATE mend.consent_purposes SET valid_since = date '2026-11-28' WHERE purpose = 'ai';
