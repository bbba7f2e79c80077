-- Conversations of the module support that a person has handed over to the team, by a mail that they have seen
-- (docs/companion.md). The id follows from the conversation and the mail, so the same mail is one row.
CREATE TABLE public.hand_overs (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    address text NOT NULL, -- of the team
    subject text NOT NULL,
    text text,             -- NULL once it has been sent
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown')),
    leased_until timestamptz, -- while it is being sent
    agreed_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT hand_overs_conversation_fkey FOREIGN KEY (user_id, conversation_id)
        REFERENCES public.conversations (user_id, id) ON DELETE CASCADE,
    CHECK ((state = 'sending') = (leased_until IS NOT NULL))
);

CREATE INDEX hand_overs_conversation ON public.hand_overs (user_id, conversation_id);
ALTER TABLE public.hand_overs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.hand_overs FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.hand_overs FROM anon, authenticated;
GRANT SELECT, INSERT ON public.hand_overs TO mend_user;
GRANT SELECT, UPDATE ON public.hand_overs TO mend_service;
CREATE POLICY own ON public.hand_overs TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.hand_overs TO mend_service USING (true) WITH CHECK (true);
CREATE TRIGGER forget_deleted AFTER DELETE ON public.hand_overs REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
CREATE TRIGGER forget_changed AFTER UPDATE ON public.hand_overs REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
