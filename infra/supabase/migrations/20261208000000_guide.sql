-- Where the scripted guide stands after a reply of its own (docs/companion.md).
ALTER TABLE public.conversation_messages ADD COLUMN guide jsonb;
