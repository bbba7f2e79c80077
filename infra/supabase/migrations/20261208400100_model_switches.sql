-- An operator can switch off a model or a prompt of the companion as well: `model:PROVIDER/MODEL` or `prompt:NAME`.
ALTER TABLE mend.safety_switches DROP CONSTRAINT safety_switches_name_check;
ALTER TABLE mend.safety_switches ADD CONSTRAINT safety_switches_name_check
    CHECK (name ~ '^(pattern:[a-z_]+|text:[a-z_]+:[0-9]|model:[a-z]+/[A-Za-z0-9_.:-]{1,80}|prompt:[a-z_]+)$') NOT VALID;
ALTER TABLE mend.safety_switches VALIDATE CONSTRAINT safety_switches_name_check;

-- Those of the names that are switched off.
CREATE FUNCTION mend.switched_off(names text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
    SELECT s.name FROM mend.safety_switches AS s WHERE s.name = ANY (names)
$$;

GRANT EXECUTE ON FUNCTION mend.switched_off(text[]) TO mend_user;
