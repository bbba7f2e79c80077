-- When a conversation last said what the companion is, and since when it is in use without a long pause.
ALTER TABLE public.conversations
    ADD COLUMN disclosed_at timestamptz, -- NULL in conversations that are older than this column
    ADD COLUMN used_since timestamptz;
