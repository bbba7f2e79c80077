-- Pictures that a person has sent with a message (docs/companion.md), by the ids of their uploads.
ALTER TABLE public.conversation_messages
    ADD COLUMN attachments uuid[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT conversation_messages_attachments CHECK (cardinality(attachments) <= 4) NOT VALID;
ALTER TABLE public.conversation_messages VALIDATE CONSTRAINT conversation_messages_attachments;

-- The text of this purpose now says that pictures are sent, and what becomes of older messages.
UPDATE mend.consent_purposes SET valid_since = date '2026-11-30' WHERE purpose = 'ai';
