-- What a person thinks of a reply: thumbs, and a reason in their own words.
ALTER TABLE public.conversation_messages
    ADD COLUMN rating text CHECK (rating IN ('up', 'down')),
    ADD COLUMN rating_reason text CHECK (length(rating_reason) <= 1000),
    ADD CONSTRAINT conversation_messages_rated CHECK (rating IS NOT NULL OR rating_reason IS NULL);

CREATE INDEX conversation_messages_rated ON public.conversation_messages (rating) WHERE rating IS NOT NULL;
