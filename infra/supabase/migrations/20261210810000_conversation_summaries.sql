-- What stands in for the older messages of a conversation (docs/companion.md). Each row is a block of messages that a model is
-- no longer sent: those after the row before it, up to a position.
CREATE TABLE public.conversation_summaries (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    until_position integer NOT NULL,
    messages integer NOT NULL,                         -- how many the block has
    text text CHECK (octet_length(text) <= 1200),      -- NULL until a model has summarised it; empty if it is left out
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT conversation_summaries_conversation_fkey FOREIGN KEY (user_id, conversation_id)
        REFERENCES public.conversations (user_id, id) ON DELETE CASCADE,
    CONSTRAINT conversation_summaries_position UNIQUE (user_id, conversation_id, until_position)
);

ALTER TABLE public.conversation_summaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_summaries FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.conversation_summaries FROM anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.conversation_summaries TO mend_user;
CREATE POLICY own ON public.conversation_summaries TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));

CREATE TRIGGER forget_deleted AFTER DELETE ON public.conversation_summaries REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
CREATE TRIGGER forget_changed AFTER UPDATE ON public.conversation_summaries REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();

-- A summary does not outlive a message that it tells of: it is written anew from what is left.
CREATE FUNCTION mend.forget_summary() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    told_by uuid := (
        SELECT s.id FROM public.conversation_summaries AS s
        WHERE s.user_id = OLD.user_id AND s.conversation_id = OLD.conversation_id AND s.until_position >= OLD.position
            AND s.text <> ''
        ORDER BY s.until_position LIMIT 1
    );
BEGIN
    IF told_by IS NOT NULL THEN
        UPDATE public.conversation_summaries SET text = NULL WHERE user_id = OLD.user_id AND id = told_by;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_summary_of_replaced AFTER UPDATE OF replaced_at ON public.conversation_messages
    FOR EACH ROW WHEN (NEW.replaced_at IS NOT NULL) EXECUTE FUNCTION mend.forget_summary();
CREATE TRIGGER forget_summary_of_deleted AFTER DELETE ON public.conversation_messages
    FOR EACH ROW EXECUTE FUNCTION mend.forget_summary();
