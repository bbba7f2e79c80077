-- Supabase grants anon and authenticated everything that a migration creates in `public`. For tables, the roles migration
-- revokes that. A later function or sequence is not for clients either, unless its migration grants it.
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON FUNCTIONS FROM anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM anon, authenticated;
