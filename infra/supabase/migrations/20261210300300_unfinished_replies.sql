-- Replies whose process has died are ended by a tick, which also stores them as `partial`. Before it, they are read as such.
-- The status does not change while a lease is renewed, so that a renewal leaves the index alone.
CREATE INDEX conversation_messages_unfinished ON public.conversation_messages (user_id) WHERE status IN ('queued', 'running');
ALTER TABLE public.conversation_messages DROP CONSTRAINT conversation_messages_status_check;
ALTER TABLE public.conversation_messages ADD CONSTRAINT conversation_messages_status_check
    CHECK (status IN ('queued', 'running', 'done', 'cancelled', 'failed', 'partial')) NOT VALID;
ALTER TABLE public.conversation_messages VALIDATE CONSTRAINT conversation_messages_status_check;

-- Ends the replies whose lease has expired. Returns whose they are.
CREATE FUNCTION mend.end_dead_replies(at timestamptz) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    WITH dead AS (
        UPDATE public.conversation_messages SET status = 'partial', alive_until = NULL
        WHERE status IN ('queued', 'running') AND alive_until < at
        RETURNING user_id
    )
    SELECT DISTINCT user_id FROM dead
$$;

GRANT EXECUTE ON FUNCTION mend.end_dead_replies(timestamptz) TO mend_service;
