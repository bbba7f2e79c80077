-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- Supabase grants `service_role`, the role of the project's service key, everything in `public`, past row-level
-- security. Mend uses that key for Storage alone (docs/files.md), whose tables are in a schema of its own. So a stolen
-- key reads and writes no table of ours.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON FUNCTIONS FROM service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM service_role;
