-- Reports of harm, words that were answered before, and how many people saw support in a month.

-- What harmed a person, as they told it for staff to read. Of the support that it is about, if any, it has what is in
-- `mend.support_shown`. The person can delete it; `mend safety harm-reports` reads it as the owner of the database.
CREATE TABLE mend.harm_reports (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    reported_at timestamptz NOT NULL,
    words text NOT NULL CHECK (length(words) <= 2000),
    grade text,
    code text,
    variant smallint,
    patterns text,
    texts text
);

CREATE INDEX harm_reports_person ON mend.harm_reports (user_id, reported_at);
CREATE INDEX harm_reports_age ON mend.harm_reports (reported_at);
ALTER TABLE mend.harm_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.harm_reports FORCE ROW LEVEL SECURITY;
GRANT SELECT (user_id), DELETE ON mend.harm_reports TO mend_user;
GRANT SELECT (ctid, reported_at), DELETE ON mend.harm_reports TO mend_service;  -- for the retention, without the words
CREATE POLICY own ON mend.harm_reports TO mend_user USING (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.harm_reports TO mend_service USING (true);

-- Who read reports of harm, and when.
CREATE TABLE mend.harm_report_reads (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    read_at timestamptz NOT NULL,
    read_by text NOT NULL,    -- the user of the database, and of the reader's machine
    reports uuid[] NOT NULL
);

ALTER TABLE mend.harm_report_reads ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.harm_report_reads FORCE ROW LEVEL SECURITY;

-- Stores a report, with the latest support of that grade. Returns false if the person has sent `limit_a_day` already.
CREATE FUNCTION mend.report_harm(words text, grade text, limit_a_day integer, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
#variable_conflict use_variable
DECLARE
    me constant uuid := mend.uid();
BEGIN
    PERFORM pg_advisory_xact_lock(mend.lock_key('harm_reports', me::text));
    IF (SELECT count(*) FROM mend.harm_reports AS r
        WHERE r.user_id = me AND r.reported_at > now - interval '24 hours') >= limit_a_day THEN
        RETURN false;
    END IF;
    INSERT INTO mend.harm_reports (user_id, reported_at, words, grade, code, variant, patterns, texts)
    SELECT me, now, words, grade, s.code, s.variant, s.patterns, s.texts
    FROM (SELECT) AS report
    LEFT JOIN LATERAL (
        SELECT * FROM mend.support_shown AS shown WHERE shown.user_id = me AND shown.grade = grade
        ORDER BY shown.shown_at DESC LIMIT 1
    ) AS s ON true;
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION mend.report_harm(text, text, integer, timestamptz) TO mend_user;

-- Entries whose words of danger were answered, so that an offline queue that is sent again opens no care period anew.
CREATE TABLE mend.answered_entries (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    entry_id uuid NOT NULL,   -- a hash of the entry's id and of when it was edited
    code text NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, entry_id, code)
);

CREATE INDEX answered_entries_age ON mend.answered_entries (answered_at);
ALTER TABLE mend.answered_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.answered_entries FORCE ROW LEVEL SECURITY;
GRANT SELECT, DELETE ON mend.answered_entries TO mend_service;
CREATE POLICY service ON mend.answered_entries TO mend_service USING (true) WITH CHECK (true);

-- How many people saw support of that grade in that month.
ALTER TABLE mend.support_counts ADD COLUMN people integer NOT NULL DEFAULT 0;
UPDATE mend.support_counts AS c SET people = before.people
FROM (
    SELECT date_trunc('month', s.shown_at AT TIME ZONE 'UTC')::date AS month, coalesce(p.country, 'ZZ') AS country,
           s.grade, count(DISTINCT s.user_id) AS people
    FROM mend.support_shown AS s LEFT JOIN public.user_profiles AS p USING (user_id)
    GROUP BY 1, 2, 3
) AS before
WHERE (c.month, c.country, c.grade) = (before.month, before.country, before.grade);

DROP FUNCTION mend.count_support(text, text, timestamptz);
CREATE FUNCTION mend.count_support(counted text, grade text, now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    INSERT INTO mend.support_counts AS c (month, country, grade, shown, people, opened, not_meant)
    VALUES (
        date_trunc('month', now AT TIME ZONE 'UTC'),
        coalesce((SELECT p.country FROM public.user_profiles AS p WHERE p.user_id = mend.uid()), 'ZZ'),
        grade, (counted = 'shown')::integer, (counted = 'people')::integer, (counted = 'opened')::integer,
        (counted = 'not_meant')::integer
    )
    ON CONFLICT (month, country, grade) DO UPDATE
        SET shown = c.shown + excluded.shown, people = c.people + excluded.people,
            opened = c.opened + excluded.opened, not_meant = c.not_meant + excluded.not_meant;
$$;

GRANT EXECUTE ON FUNCTION mend.count_support(text, text, timestamptz) TO mend_user;

-- Decides which support a person is shown, records and counts it, and opens a care period if words do. `codes` are what
-- the gate found, gravest first, with their grades. `opening_codes` are those in words that may open a care period;
-- `opening_entries` has the entry of each, or null. A code that was answered for its entry before opens none. Returns
-- no row if all codes are switched off. The variant is another one than the last for the same code.
DROP FUNCTION mend.show_support(
    text[], text[], text[], interval, integer, text, text, uuid, text, timestamptz);
CREATE FUNCTION mend.show_support(
    codes text[], grades text[], opening_codes text[], opening_entries uuid[], care interval, variants integer,
    patterns text, texts text, event_id uuid, event_type text, now timestamptz
)
RETURNS TABLE (code text, variant integer, country text, locale text, safety_plan boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
#variable_conflict use_variable
DECLARE
    me constant uuid := mend.uid();
    grade text;
    opening_grade text;
    last_variant integer;
BEGIN
    SELECT f.code, f.grade INTO code, grade
    FROM unnest(codes, grades) WITH ORDINALITY AS f (code, grade, position)
    WHERE NOT EXISTS (SELECT FROM mend.safety_switches AS s WHERE s.name = 'pattern:' || f.code)
    ORDER BY f.position LIMIT 1;
    IF code IS NULL THEN
        RETURN;
    END IF;
    SELECT s.variant INTO last_variant FROM mend.support_shown AS s
    WHERE s.user_id = me AND s.code = code ORDER BY s.shown_at DESC LIMIT 1;
    SELECT v.number INTO variant
    FROM (SELECT (coalesce(last_variant, variants - 1) + step) % variants AS number, step
          FROM generate_series(1, variants) AS step) AS v
    ORDER BY EXISTS (SELECT FROM mend.safety_switches AS s WHERE s.name = 'text:' || code || ':' || v.number), v.step
    LIMIT 1;
    IF NOT EXISTS (
        SELECT FROM mend.support_shown AS s
        WHERE s.user_id = me AND s.grade = grade
          AND s.shown_at >= date_trunc('month', now AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    ) THEN
        PERFORM mend.count_support('people', grade, now);
    END IF;
    INSERT INTO mend.support_shown (user_id, shown_at, grade, code, variant, patterns, texts)
    VALUES (me, now, grade, code, variant, patterns, texts);
    PERFORM mend.count_support('shown', grade, now);

    SELECT f.grade INTO opening_grade
    FROM unnest(codes, grades) WITH ORDINALITY AS f (code, grade, position)
    JOIN unnest(opening_codes, opening_entries) AS o (code, entry_id) ON o.code = f.code
    WHERE NOT EXISTS (SELECT FROM mend.safety_switches AS s WHERE s.name = 'pattern:' || f.code)
      AND NOT EXISTS (SELECT FROM mend.answered_entries AS a
                      WHERE a.user_id = me AND a.entry_id = o.entry_id AND a.code = o.code)
    ORDER BY f.position LIMIT 1;
    INSERT INTO mend.answered_entries (user_id, entry_id, code, answered_at)
    SELECT me, o.entry_id, o.code, now FROM unnest(opening_codes, opening_entries) AS o (code, entry_id)
    WHERE o.entry_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    IF opening_grade IS NOT NULL THEN
        INSERT INTO public.care_periods AS c (user_id, grade, opened_at, ends_at)
        VALUES (me, opening_grade, now, now + care)
        ON CONFLICT (user_id) DO UPDATE
            SET grade = excluded.grade, ends_at = greatest(c.ends_at, excluded.ends_at),
                opened_at = CASE WHEN c.ends_at > now THEN c.opened_at ELSE now END;
        INSERT INTO mend.outbox (id, type, user_id, occurred_at, data) VALUES (event_id, event_type, me, now, '{}');
    END IF;

    SELECT p.country, p.locale INTO country, locale FROM public.user_profiles AS p WHERE p.user_id = me;
    safety_plan := EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = me);
    RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION mend.show_support(
    text[], text[], text[], uuid[], interval, integer, text, text, uuid, text, timestamptz) TO mend_user;
