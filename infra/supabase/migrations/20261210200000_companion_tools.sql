-- Tools of the companion, and what it proposes to remember (docs/companion.md).
ALTER TABLE public.conversation_messages
    ADD COLUMN tool_calls jsonb NOT NULL DEFAULT '[]'; -- of a reply: what was proposed, and how much was read, never what

ALTER TABLE public.companion_memories
    ADD COLUMN message_id uuid, -- the reply that proposed it
    ADD CONSTRAINT companion_memories_message_fkey FOREIGN KEY (user_id, message_id)
        REFERENCES public.conversation_messages (user_id, id) ON DELETE SET NULL (message_id);

CREATE INDEX companion_memories_message ON public.companion_memories (user_id, message_id);

-- The person's yes to all that the companion proposes to remember.
ALTER TABLE public.user_profiles ADD COLUMN companion_remembers boolean NOT NULL DEFAULT false;

-- What the companion may look up is a purpose of its own.
INSERT INTO mend.consent_purposes VALUES ('ai_lookups', date '2026-11-28', false);
