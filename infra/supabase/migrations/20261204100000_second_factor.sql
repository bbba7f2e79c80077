-- Tells whether the person of this transaction has a second factor that they must use for what needs a fresh sign-in.
CREATE FUNCTION mend.has_second_factor() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$ SELECT EXISTS (SELECT FROM auth.mfa_factors AS f WHERE f.user_id = mend.uid() AND f.status = 'verified') $$;

GRANT EXECUTE ON FUNCTION mend.has_second_factor() TO mend_user;
