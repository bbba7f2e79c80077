-- Feeds show minors a line for children within a care period. `recommend_events` makes feeds, too.
GRANT EXECUTE ON FUNCTION mend.counted_age_band(uuid) TO mend_service;
