-- The latest message and its reply can be replaced. What was replaced keeps its row, without its words, so that it is known
-- when a device sends it again.
ALTER TABLE public.conversation_messages
    ADD COLUMN replaced_at timestamptz,
    ADD CONSTRAINT conversation_messages_replaced CHECK (replaced_at IS NULL OR (parts = '{}' AND alive_until IS NULL)) NOT VALID;
ALTER TABLE public.conversation_messages VALIDATE CONSTRAINT conversation_messages_replaced;

-- Deletes a replaced message from the responses that are stored for an `Idempotency-Key`.
CREATE FUNCTION mend.forget_replaced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    UPDATE mend.idempotency_keys AS k SET body = NULL
    WHERE k.user_id = NEW.user_id AND k.body IS NOT NULL AND coalesce(k.records && ARRAY[NEW.id], true);
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_replaced AFTER UPDATE OF replaced_at ON public.conversation_messages
    FOR EACH ROW WHEN (NEW.replaced_at IS NOT NULL) EXECUTE FUNCTION mend.forget_replaced();
CREATE TRIGGER forget_deleted AFTER DELETE ON public.conversation_messages REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
