-- The lists that people were shown, one row for each, with the propensity of every item.
CREATE TABLE public.recommendations (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    mood_entry_id uuid, -- the check-in that the list was made for, if any
    query jsonb,        -- the parameters of a feed: {"mood", "intensity", "target", "kinds", "minutes", "limit"}
    items jsonb NOT NULL, -- [{"content_id", "version", "score", "explore", "propensity"}], in the order shown
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
);

-- The retention sweep finds old rows by this index. Rows are appended in the order of `created_at`, so a small BRIN
-- index is enough.
CREATE INDEX recommendations_age ON public.recommendations USING brin (created_at);

-- What a person did with an item. Rows are never changed: a change of mind is another interaction.
CREATE TABLE public.user_interactions (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL, -- the client chooses it, so it is unique only within a person
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    kind text NOT NULL,
    recommendation_id uuid, -- the list that the item was on
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
);

CREATE INDEX user_interactions_newest ON public.user_interactions (user_id, occurred_at DESC);
CREATE INDEX user_interactions_content ON public.user_interactions (content_id);
CREATE INDEX user_interactions_opinions ON public.user_interactions (user_id, content_id, occurred_at DESC, id DESC)
    INCLUDE (kind) WHERE kind IN ('hide', 'unhide', 'like', 'dislike');
CREATE INDEX user_interactions_completed ON public.user_interactions (user_id, occurred_at) INCLUDE (content_id)
    WHERE kind = 'complete';

-- The items that a person saved for later.
CREATE TABLE public.saved_content (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, content_id)
);

CREATE INDEX saved_content_newest ON public.saved_content (user_id, saved_at DESC, content_id DESC);
CREATE INDEX saved_content_content ON public.saved_content (content_id);

ALTER TABLE public.recommendations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.recommendations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_interactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_interactions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.saved_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.saved_content FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.recommendations, public.user_interactions, public.saved_content FROM anon, authenticated;
GRANT SELECT ON public.recommendations TO authenticated;
GRANT SELECT, INSERT ON public.recommendations TO mend_user;
GRANT SELECT, INSERT, DELETE ON public.recommendations TO mend_service;
GRANT SELECT ON public.user_interactions, public.saved_content TO authenticated, mend_service;
GRANT SELECT, INSERT ON public.user_interactions TO mend_user;
GRANT SELECT, INSERT, DELETE ON public.saved_content TO mend_user;

CREATE POLICY own_read ON public.recommendations FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_read ON public.user_interactions FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_read ON public.saved_content FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.recommendations TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.user_interactions TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.saved_content TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.recommendations TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON public.user_interactions FOR SELECT TO mend_service USING (true);
CREATE POLICY service ON public.saved_content FOR SELECT TO mend_service USING (true);

-- Returns the items that the person has hidden, and neither restored nor liked since. Of two interactions at the same
-- time, the one with the greater id is the later one, here and everywhere else.
CREATE FUNCTION mend.hidden_content() RETURNS SETOF uuid
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT latest.content_id
    FROM (
        SELECT DISTINCT ON (i.content_id) i.content_id, i.kind
        FROM public.user_interactions AS i
        WHERE i.user_id = mend.uid() AND i.kind IN ('hide', 'unhide', 'like')
        ORDER BY i.content_id, i.occurred_at DESC, i.id DESC
    ) AS latest
    WHERE latest.kind = 'hide';
END;

GRANT EXECUTE ON FUNCTION mend.hidden_content() TO mend_user;

-- Returns the items that a person has hidden or disliked, and neither restored nor liked since.
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

-- Returns all that a feed reads about the person at its start, in one round trip: their latest check-in, and the notes
-- and factors of recent ones.
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
