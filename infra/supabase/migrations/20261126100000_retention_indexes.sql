-- The retention sweep finds old rows by an index.
CREATE INDEX delivery_failures_age ON mend.delivery_failures (failed_at);
