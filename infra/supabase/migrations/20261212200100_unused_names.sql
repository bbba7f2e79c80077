-- deploy: `refuse_gone` does this since 20261210850000, 0.1.0 never called it, and nothing ever read the time of a fit
DROP FUNCTION mend.refuse_signed_out(uuid);
ALTER TABLE mend.population_tables DROP COLUMN fitted_at;
