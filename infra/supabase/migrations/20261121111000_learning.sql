-- What the ranking has learned about a person, as documents that a request reads whole. All of it is derived from entries
-- and interactions and can be computed again from them at any time (docs/ranking.md).
CREATE TABLE mend.person_learning (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    uplift_sums json,   -- what lifts this person, as sums; `json` is stored and read as it was written
    beliefs json,       -- estimates computed from the sums: all that a list needs of them
    taste json,         -- likes and dislikes, from interactions
    similar_taste json, -- scores of contents that people with a similar taste liked
    learned_until timestamptz,  -- the time of the latest entry in the sums
    entry_count integer,        -- how many entries the person had then
    population_version integer, -- the population tables that the sums were learned with
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- What holds for everyone, fitted every night. The newest version is used.
CREATE TABLE mend.population_tables (
    version integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    document json NOT NULL,
    people integer NOT NULL, -- whose sums it was fitted to
    fitted_at timestamptz NOT NULL DEFAULT now()
);

-- For each liked item the nearest others, computed every night from what the same people liked or completed.
CREATE TABLE mend.neighbours (
    liked_content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    similarity real NOT NULL,
    people integer NOT NULL, -- who liked or completed both
    PRIMARY KEY (liked_content_id, content_id)
);

CREATE INDEX neighbours_content ON mend.neighbours (content_id);

ALTER TABLE mend.person_learning ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.person_learning FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.population_tables ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.population_tables FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.neighbours ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.neighbours FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE ON mend.person_learning TO mend_user, mend_service;
GRANT SELECT ON mend.population_tables TO mend_user;
GRANT SELECT, INSERT, DELETE ON mend.population_tables, mend.neighbours TO mend_service;
GRANT SELECT, INSERT, DELETE ON public.recommendations TO mend_service;

CREATE POLICY own ON mend.person_learning TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON mend.person_learning TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY everyone ON mend.population_tables FOR SELECT TO mend_user USING (true);
CREATE POLICY service ON mend.population_tables TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.neighbours TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON public.recommendations TO mend_service USING (true) WITH CHECK (true);

-- A function, because the session keeps its plan: as a statement it would be planned for every check-in.
CREATE FUNCTION mend.person_knowledge(
    person uuid, OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[]
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_column
BEGIN
    SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l WHERE l.user_id = person;
    SELECT p.interests, p.avoid INTO interests, avoid FROM public.user_profiles AS p WHERE p.user_id = person;
END
$$;

GRANT EXECUTE ON FUNCTION mend.person_knowledge(uuid) TO mend_user, mend_service;

-- All that a check-in reads beforehand, in one round trip and with plans that the session keeps. Sent as a statement by
-- the client it takes twice as long, nearly all of it planning (docs/decisions.md). The streak is locked until the
-- transaction ends, so that the check-ins of a person count one after the other. It is an advisory lock, because a row
-- lock would write to the WAL although the row is only read.
CREATE FUNCTION mend.checkin_context(
    entry_id uuid, now timestamptz,
    OUT timezone text, OUT day_starts_at time, OUT country text, OUT streaks_enabled boolean,
    OUT streak_current integer, OUT streak_longest integer, OUT streak_last_day date,
    OUT streak_timezone text, OUT streak_day_starts_at time,
    OUT recorded boolean, OUT deleted boolean, OUT in_danger boolean,
    OUT beliefs json, OUT taste json, OUT similar_taste json, OUT interests text[], OUT avoid text[]
)
LANGUAGE plpgsql SET search_path = ''
AS $$
#variable_conflict use_column
DECLARE
    me constant uuid := mend.uid();
BEGIN
    SELECT p.timezone, p.day_starts_at, p.country, p.streaks_enabled, p.interests, p.avoid
    INTO timezone, day_starts_at, country, streaks_enabled, interests, avoid
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

    SELECT l.beliefs, l.taste, l.similar_taste INTO beliefs, taste, similar_taste FROM mend.person_learning AS l WHERE l.user_id = me;
    in_danger := EXISTS (
        SELECT FROM public.notification_settings AS n WHERE n.user_id = me AND n.silent_until > now
    );

    IF entry_id IS NOT NULL THEN
        recorded := EXISTS (SELECT FROM public.mood_entries AS e WHERE e.user_id = me AND e.id = entry_id);
        deleted := EXISTS (SELECT FROM public.mood_tombstones AS t WHERE t.user_id = me AND t.id = entry_id);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION mend.checkin_context(uuid, timestamptz) TO mend_user;

-- The contents that a person has hidden or disliked, and has not restored or liked since.
CREATE FUNCTION mend.unwanted_content(person uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT latest.content_id
    FROM (
        SELECT DISTINCT ON (i.content_id) i.content_id, i.kind
        FROM public.user_interactions AS i
        WHERE i.user_id = person AND i.kind IN ('hide', 'unhide', 'like', 'dislike')
        ORDER BY i.content_id, i.occurred_at DESC, i.id DESC
    ) AS latest
    WHERE latest.kind IN ('hide', 'dislike');
END;

GRANT EXECUTE ON FUNCTION mend.unwanted_content(uuid) TO mend_user, mend_service;

CREATE INDEX user_interactions_opinions ON public.user_interactions (user_id, content_id, occurred_at DESC, id DESC)
    INCLUDE (kind) WHERE kind IN ('hide', 'unhide', 'like', 'dislike');
CREATE INDEX user_interactions_completed ON public.user_interactions (user_id, occurred_at) INCLUDE (content_id)
    WHERE kind = 'complete';

-- All that a feed reads about the person beforehand, in one round trip: their latest check-in, and the notes and factors
-- of recent ones.
CREATE FUNCTION mend.feed_context(
    person uuid, since timestamptz,
    OUT timezone text, OUT country text, OUT entry_id uuid, OUT mood text, OUT notes text[], OUT factors text[]
)
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
#variable_conflict use_column
BEGIN
    SELECT p.timezone, p.country INTO timezone, country FROM public.user_profiles AS p WHERE p.user_id = person;
    timezone := coalesce(timezone, 'UTC');
    SELECT e.id, e.mood INTO entry_id, mood
    FROM public.mood_entries AS e WHERE e.user_id = person
    ORDER BY e.occurred_at DESC, e.id DESC
    LIMIT 1;
    WITH recent AS (
        SELECT e.note, e.factors
        FROM public.mood_entries AS e WHERE e.user_id = person AND e.occurred_at > since
        ORDER BY e.occurred_at DESC, e.id DESC
        LIMIT 50
    )
    SELECT ARRAY(SELECT r.note FROM recent AS r WHERE r.note IS NOT NULL),
           ARRAY(SELECT DISTINCT f.factor FROM recent AS r CROSS JOIN unnest(r.factors) AS f (factor) ORDER BY 1)
    INTO notes, factors;
END
$$;

GRANT EXECUTE ON FUNCTION mend.feed_context(uuid, timestamptz) TO mend_user, mend_service;

-- For the rotating candidates of a kind: they are read from a starting point in this index that moves every hour.
CREATE INDEX content_moods_rotation ON public.content_moods (mood, kind, rotation_key) INCLUDE (content_id);
