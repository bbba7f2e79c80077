-- Tells whether the ranking may learn from what people do with items of this provider. The terms of Spotify forbid it
-- (docs/content.md). NULL is our own catalogue.
CREATE FUNCTION mend.may_learn_from(provider text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN provider IS DISTINCT FROM 'spotify';

GRANT EXECUTE ON FUNCTION mend.may_learn_from(text) TO mend_user, mend_service;
