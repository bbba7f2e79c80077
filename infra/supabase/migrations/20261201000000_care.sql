-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- Support for people in danger: the quiet period that follows, which texts a person was shown, and counts for reports.

-- The latest care period of a person. While it lasts, the app is quiet: no reminders, streaks or plans, gentle lists.
CREATE TABLE public.care_periods (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    grade text NOT NULL,      -- that opened it
    opened_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);

ALTER TABLE public.care_periods ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.care_periods FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.care_periods FROM anon, authenticated;
GRANT SELECT, UPDATE ON public.care_periods TO mend_user;
GRANT SELECT, DELETE ON public.care_periods TO mend_service;
CREATE POLICY own ON public.care_periods TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.care_periods TO mend_service USING (true) WITH CHECK (true);
CREATE INDEX care_periods_age ON public.care_periods (ends_at);

INSERT INTO public.care_periods (user_id, grade, opened_at, ends_at)
SELECT user_id, 'explicit', silent_until - interval '72 hours', silent_until
FROM public.notification_settings WHERE silent_until IS NOT NULL;
ALTER TABLE public.notification_settings DROP COLUMN silent_until;

-- The feed of a live document is made as the service: it may know that a plan exists, not what it says.
GRANT SELECT (user_id) ON public.safety_plans TO mend_service;
CREATE POLICY service ON public.safety_plans FOR SELECT TO mend_service USING (true);

-- Which support a person was shown. It has no text of theirs.
CREATE TABLE mend.support_shown (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    shown_at timestamptz NOT NULL,
    grade text NOT NULL,
    code text NOT NULL,       -- what the gate found
    variant smallint NOT NULL,
    patterns text NOT NULL,   -- the version of the gate's patterns
    texts text NOT NULL       -- the version of the texts
);

CREATE INDEX support_shown_latest ON mend.support_shown (user_id, code, shown_at DESC);
CREATE INDEX support_shown_age ON mend.support_shown (shown_at);
ALTER TABLE mend.support_shown ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.support_shown FORCE ROW LEVEL SECURITY;
GRANT SELECT, DELETE ON mend.support_shown TO mend_service;
CREATE POLICY service ON mend.support_shown TO mend_service USING (true) WITH CHECK (true);

-- How often support was shown, opened, and declined as not meant. No row names a person.
CREATE TABLE mend.support_counts (
    month date NOT NULL,
    country text NOT NULL,    -- ZZ: unknown
    grade text NOT NULL,
    shown integer NOT NULL DEFAULT 0,
    opened integer NOT NULL DEFAULT 0,
    not_meant integer NOT NULL DEFAULT 0,
    PRIMARY KEY (month, country, grade)
);

ALTER TABLE mend.support_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.support_counts FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mend.support_counts TO mend_service;
CREATE POLICY service ON mend.support_counts TO mend_service USING (true) WITH CHECK (true);

-- What an operator has switched off: `pattern:CODE` or `text:CODE:VARIANT`.
CREATE TABLE mend.safety_switches (
    name text PRIMARY KEY CHECK (name ~ '^(pattern:[a-z_]+|text:[a-z_]+:[0-9])$'),
    off_since timestamptz NOT NULL
);

ALTER TABLE mend.safety_switches ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.safety_switches FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON mend.safety_switches TO mend_service;
CREATE POLICY service ON mend.safety_switches TO mend_service USING (true) WITH CHECK (true);

CREATE FUNCTION mend.count_support(counted text, grade text, now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ''
AS $$
    INSERT INTO mend.support_counts AS c (month, country, grade, shown, opened, not_meant)
    VALUES (
        date_trunc('month', now AT TIME ZONE 'UTC'),
        coalesce((SELECT p.country FROM public.user_profiles AS p WHERE p.user_id = mend.uid()), 'ZZ'),
        grade, (counted = 'shown')::integer, (counted = 'opened')::integer, (counted = 'not_meant')::integer
    )
    ON CONFLICT (month, country, grade) DO UPDATE
        SET shown = c.shown + excluded.shown, opened = c.opened + excluded.opened,
            not_meant = c.not_meant + excluded.not_meant;
$$;

GRANT EXECUTE ON FUNCTION mend.count_support(text, text, timestamptz) TO mend_user;

-- Decides which support a person is shown, records and counts it, and opens a care period if the grade does. `codes` are
-- what the gate found, gravest first, with their grades. Returns no row if all of them are switched off. The variant is
-- another one than the last for the same code.
CREATE FUNCTION mend.show_support(
    codes text[], grades text[], opening_grades text[], care interval, variants integer,
    patterns text, texts text, event_id uuid, event_type text, now timestamptz
)
RETURNS TABLE (code text, variant integer, country text, locale text, safety_plan boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
#variable_conflict use_variable
DECLARE
    me constant uuid := mend.uid();
    grade text;
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
    INSERT INTO mend.support_shown (user_id, shown_at, grade, code, variant, patterns, texts)
    VALUES (me, now, grade, code, variant, patterns, texts);
    PERFORM mend.count_support('shown', grade, now);
    IF grade = ANY (opening_grades) THEN
        INSERT INTO public.care_periods AS c (user_id, grade, opened_at, ends_at) VALUES (me, grade, now, now + care)
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
    text[], text[], text[], interval, integer, text, text, uuid, text, timestamptz) TO mend_user;

-- Tells whether the person of this transaction is in a care period.
CREATE FUNCTION mend.in_care(now timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = ''
AS $$ SELECT EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = mend.uid() AND c.ends_at > now) $$;

GRANT EXECUTE ON FUNCTION mend.in_care(timestamptz) TO mend_user;

-- The context of a check-in, with the care period and the language.
DROP FUNCTION mend.checkin_context(uuid, timestamptz);
CREATE FUNCTION mend.checkin_context(
    entry_id uuid, now timestamptz,
    OUT timezone text, OUT day_starts_at time, OUT country text, OUT locale text, OUT streaks_enabled boolean,
    OUT streak_current integer, OUT streak_longest integer, OUT streak_last_day date,
    OUT streak_timezone text, OUT streak_day_starts_at time,
    OUT recorded boolean, OUT deleted boolean, OUT in_care boolean, OUT safety_plan boolean,
    OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[],
    OUT made_today integer, OUT made integer, OUT imported integer
)
LANGUAGE plpgsql SET search_path = ''
AS $$
#variable_conflict use_column
DECLARE
    me constant uuid := mend.uid();
BEGIN
    SELECT p.timezone, p.day_starts_at, p.country, p.locale, p.streaks_enabled, p.interests, p.avoid
    INTO timezone, day_starts_at, country, locale, streaks_enabled, interests, avoid
    FROM public.user_profiles AS p WHERE p.user_id = me;
    IF NOT FOUND THEN
        timezone := 'UTC'; day_starts_at := '00:00'; streaks_enabled := true;
    END IF;

    PERFORM pg_advisory_xact_lock(mend.lock_key('streak', me::text));
    SELECT s.current, s.longest, s.last_day, s.timezone, s.day_starts_at
    INTO streak_current, streak_longest, streak_last_day, streak_timezone, streak_day_starts_at
    FROM public.user_streaks AS s WHERE s.user_id = me;
    IF NOT FOUND THEN
        streak_current := 0; streak_longest := 0;
    END IF;

    SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l
    WHERE l.user_id = me;
    in_care := EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = me AND c.ends_at > now);
    safety_plan := in_care AND EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = me);

    SELECT CASE WHEN c.day >= (now AT TIME ZONE 'UTC')::date THEN c.made_on_day ELSE 0 END, c.made, c.imported
    INTO made_today, made, imported
    FROM mend.entry_counts AS c WHERE c.user_id = me;
    IF NOT FOUND THEN
        made_today := 0; made := 0; imported := 0;
    END IF;

    IF entry_id IS NOT NULL THEN
        recorded := EXISTS (SELECT FROM public.mood_entries AS e WHERE e.user_id = me AND e.id = entry_id);
        deleted := EXISTS (SELECT FROM public.mood_tombstones AS t WHERE t.user_id = me AND t.id = entry_id);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.checkin_context(uuid, timestamptz) TO mend_user;

-- The context of a feed, with the care period and the language.
DROP FUNCTION mend.feed_context(uuid, timestamptz);
CREATE FUNCTION mend.feed_context(
    person uuid, now timestamptz,
    OUT timezone text, OUT country text, OUT locale text, OUT entry_id uuid, OUT mood text, OUT in_care boolean,
    OUT safety_plan boolean
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_column
BEGIN
    SELECT p.timezone, p.country, p.locale INTO timezone, country, locale
    FROM public.user_profiles AS p WHERE p.user_id = person;
    timezone := coalesce(timezone, 'UTC');
    SELECT e.id, e.mood INTO entry_id, mood
    FROM public.mood_entries AS e WHERE e.user_id = person
    ORDER BY e.occurred_at DESC, e.id DESC
    LIMIT 1;
    in_care := EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = person AND c.ends_at > now);
    safety_plan := in_care AND EXISTS (SELECT FROM public.safety_plans AS s WHERE s.user_id = person);
END
$$;

GRANT EXECUTE ON FUNCTION mend.feed_context(uuid, timestamptz) TO mend_user, mend_service;
