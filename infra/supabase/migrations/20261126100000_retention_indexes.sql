-- Every sweep finds what is too old by an index.
CREATE INDEX delivery_failures_age ON mend.delivery_failures (failed_at);
