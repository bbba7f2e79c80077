-- The safety plan that a person writes for themselves: six lists, as functions/account/models.py describes them.
CREATE TABLE public.safety_plans (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    contents jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Only the person reads it, through `account`: no job needs it, and the REST endpoint does not serve it.
ALTER TABLE public.safety_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.safety_plans FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.safety_plans FROM anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.safety_plans TO mend_user;
CREATE POLICY own ON public.safety_plans TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
