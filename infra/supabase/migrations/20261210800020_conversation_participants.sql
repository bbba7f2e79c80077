-- Who takes part in a conversation of a group beside its owner. They may read it, and nobody else may. No route adds
-- anybody yet: that comes with trips.
ALTER TABLE public.conversations ADD CONSTRAINT conversations_of_mode UNIQUE (user_id, mode, id);

CREATE TABLE public.conversation_participants (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE, -- whose conversation it is
    conversation_id uuid NOT NULL,
    participant_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    mode text NOT NULL DEFAULT 'group' CHECK (mode = 'group'), -- so a conversation with one person has no participants
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, mode, conversation_id, participant_id),
    CONSTRAINT conversation_participants_conversation_fkey FOREIGN KEY (user_id, mode, conversation_id)
        REFERENCES public.conversations (user_id, mode, id) ON DELETE CASCADE,
    CONSTRAINT conversation_participants_others CHECK (participant_id <> user_id)
);

CREATE INDEX conversation_participants_person ON public.conversation_participants (participant_id);
ALTER TABLE public.conversation_participants ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_participants FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.conversation_participants FROM anon, authenticated;
GRANT SELECT, INSERT, DELETE ON public.conversation_participants TO mend_user;
-- Who takes part sees that they do, and may leave. Only the owner adds somebody.
CREATE POLICY sees ON public.conversation_participants FOR SELECT TO mend_user
    USING ((SELECT mend.uid()) IN (user_id, participant_id));
CREATE POLICY adds ON public.conversation_participants FOR INSERT TO mend_user
    WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY removes ON public.conversation_participants FOR DELETE TO mend_user
    USING ((SELECT mend.uid()) IN (user_id, participant_id));

-- What a participant may read. All else stays with the owner. Every query of one's own conversations names the owner, so
-- the question who takes part is only asked for rows of others.
DROP POLICY own ON public.conversations;
CREATE POLICY sees ON public.conversations FOR SELECT TO mend_user
    USING (user_id = (SELECT mend.uid()) OR EXISTS (
        SELECT FROM public.conversation_participants AS p
        WHERE p.user_id = conversations.user_id AND p.conversation_id = conversations.id
          AND p.participant_id = (SELECT mend.uid())
    ));
CREATE POLICY begins ON public.conversations FOR INSERT TO mend_user WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY changes ON public.conversations FOR UPDATE TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY deletes ON public.conversations FOR DELETE TO mend_user USING (user_id = (SELECT mend.uid()));

DROP POLICY own ON public.conversation_messages;
CREATE POLICY sees ON public.conversation_messages FOR SELECT TO mend_user
    USING (user_id = (SELECT mend.uid()) OR EXISTS (
        SELECT FROM public.conversation_participants AS p
        WHERE p.user_id = conversation_messages.user_id AND p.conversation_id = conversation_messages.conversation_id
          AND p.participant_id = (SELECT mend.uid())
    ));
CREATE POLICY writes ON public.conversation_messages FOR INSERT TO mend_user
    WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY changes ON public.conversation_messages FOR UPDATE TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
