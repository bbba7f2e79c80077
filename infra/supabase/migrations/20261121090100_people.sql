-- The profile of a person.
CREATE TABLE public.user_profiles (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    display_name text,
    timezone text NOT NULL DEFAULT 'UTC',
    locale text NOT NULL DEFAULT 'en',
    country text CHECK (country ~ '^[A-Z]{2}$'),
    day_starts_at time NOT NULL DEFAULT '00:00',
    streaks_enabled boolean NOT NULL DEFAULT true,
    interests text[] NOT NULL DEFAULT '{}',
    avoid text[] NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_profiles FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.user_profiles FROM anon, authenticated;
GRANT SELECT ON public.user_profiles TO authenticated;
GRANT SELECT, INSERT, UPDATE ON public.user_profiles TO mend_user;
GRANT SELECT ON public.user_profiles TO mend_service;
CREATE POLICY own_read ON public.user_profiles FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.user_profiles TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.user_profiles FOR SELECT TO mend_service USING (true);

-- Tells whether an account still exists: its events may arrive after its deletion.
CREATE FUNCTION mend.has_account(person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$ SELECT EXISTS (SELECT FROM auth.users AS u WHERE u.id = person) $$;

GRANT EXECUTE ON FUNCTION mend.has_account(uuid) TO mend_service;
