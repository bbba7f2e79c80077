-- What `safety_review` makes of notes in which the gate finds nothing (docs/safety.md).

-- A note is sent to a provider of models for that with this consent only. It is off until the person agrees.
INSERT INTO mend.consent_purposes (purpose, valid_since, asked_at_sign_up)
VALUES ('safety_review', date '2026-11-27', false);

-- The entries that a person is asked about, each once. It has no text of theirs, and goes with the entry.
CREATE TABLE public.review_questions (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    entry_id uuid NOT NULL,
    code text NOT NULL CHECK (code IN ('reviewed_indirect', 'reviewed_worth_asking')),
    variant smallint NOT NULL,       -- of the text
    written_at timestamptz NOT NULL, -- when the words were written
    asked_at timestamptz NOT NULL,
    closed_at timestamptz,           -- by the person: support was opened, or not meant
    PRIMARY KEY (user_id, entry_id),
    FOREIGN KEY (user_id, entry_id) REFERENCES public.mood_entries (user_id, id) ON DELETE CASCADE
);

CREATE INDEX review_questions_latest ON public.review_questions (user_id, written_at DESC);
CREATE INDEX review_questions_age ON public.review_questions (asked_at);
ALTER TABLE public.review_questions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.review_questions FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.review_questions FROM anon, authenticated;
GRANT SELECT, INSERT, UPDATE ON public.review_questions TO mend_user;
GRANT SELECT, DELETE ON public.review_questions TO mend_service;
CREATE POLICY own ON public.review_questions TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.review_questions TO mend_service USING (true) WITH CHECK (true);

-- The question that a person is asked now, if there is one: about their latest words of a day. After an hour, a
-- question is only worth asking. `safety_plan`: whether the person has one.
CREATE FUNCTION mend.open_question(
    person uuid, now timestamptz, OUT code text, OUT variant integer, OUT safety_plan boolean
)
LANGUAGE sql STABLE SET search_path = ''
AS $$
    SELECT CASE WHEN q.written_at > now - interval '1 hour' THEN q.code ELSE 'reviewed_worth_asking' END, q.variant,
           EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = person)
    FROM public.review_questions AS q
    WHERE q.user_id = person AND q.closed_at IS NULL AND q.written_at > now - interval '24 hours'
    ORDER BY q.written_at DESC LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION mend.open_question(uuid, timestamptz) TO mend_user, mend_service;
