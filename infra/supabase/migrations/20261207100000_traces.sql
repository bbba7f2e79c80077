-- The trace of the request or event that an event follows from, if it is sampled. The transaction sets it for all its
-- events, also for those that functions of the database add.
ALTER TABLE mend.outbox ADD COLUMN traceparent text;
ALTER TABLE mend.outbox ALTER COLUMN traceparent SET DEFAULT nullif(current_setting('mend.traceparent', true), '');
