-- What follows from danger in a conversation, stored with the reply that set it (docs/companion.md).
ALTER TABLE public.conversation_messages
    ADD COLUMN danger jsonb; -- of a reply to danger: the state, its text, the version, and how often each text was shown so far

-- Conversations that are held now. `held` stays for the code before this.
UPDATE public.conversation_messages AS m
    SET danger = jsonb_build_object('version', '', 'state', 'held', 'text', 'held', 'shown', '{}'::jsonb)
WHERE m.held AND m.position = (
    SELECT max(r.position) FROM public.conversation_messages AS r
    WHERE r.user_id = m.user_id AND r.conversation_id = m.conversation_id AND r.answers IS NOT NULL
);
