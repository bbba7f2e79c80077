CREATE TABLE public.content (
    id uuid PRIMARY KEY,
    key text NOT NULL UNIQUE,
    kind text NOT NULL,
    title text NOT NULL,
    body text,
    minutes smallint NOT NULL CHECK (minutes > 0),
    effort smallint NOT NULL CHECK (effort BETWEEN 1 AND 5),
    fits text[] NOT NULL,          -- moods it suits
    leads_valence real NOT NULL,   -- where on the circumplex it tends to lead
    leads_arousal real NOT NULL,
    tags text[] NOT NULL DEFAULT '{}',
    language text NOT NULL DEFAULT 'en',
    url text,
    image_url text,
    attribution text,
    evidence jsonb,                -- {"effect", "citation", "finding"}
    repeatable boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

-- An index of the catalogue by mood and kind, best evidence first. Candidates come from a few ranges of it, so reading
-- them costs the same for a catalogue of any size.
CREATE TABLE public.content_moods (
    mood text NOT NULL,
    kind text NOT NULL,
    weight real NOT NULL,
    content_id uuid NOT NULL REFERENCES public.content (id) ON DELETE CASCADE,
    -- A random order of its own, because ids may be in the order of their creation.
    rotation_key uuid NOT NULL GENERATED ALWAYS AS (md5(content_id::text)::uuid) STORED,
    PRIMARY KEY (content_id, mood)
);

CREATE INDEX content_moods_best ON public.content_moods (mood, kind, weight DESC, content_id);

CREATE FUNCTION mend.index_content() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    DELETE FROM public.content_moods WHERE content_id = NEW.id;
    IF NEW.deleted_at IS NULL THEN
        INSERT INTO public.content_moods (mood, kind, weight, content_id)
        SELECT DISTINCT fit, NEW.kind, coalesce((NEW.evidence ->> 'effect')::real, 0), NEW.id
        FROM unnest(NEW.fits) AS fit;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER index_content AFTER INSERT OR UPDATE OF kind, fits, evidence, deleted_at ON public.content
    FOR EACH ROW EXECUTE FUNCTION mend.index_content();

-- The lists that were shown, one row each, with the propensity of every item.
CREATE TABLE public.recommendations (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    mood_entry_id uuid, -- the check-in that it was made for, if any
    query jsonb,        -- the parameters of a feed: {"mood", "intensity", "target", "kinds", "minutes", "limit"}
    items jsonb NOT NULL, -- [{"content_id", "version", "score", "explore", "propensity"}], in the order shown
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
);

-- For the retention sweep. Rows are appended in the order of `created_at`, so a small BRIN index is enough.
CREATE INDEX recommendations_age ON public.recommendations USING brin (created_at);

ALTER TABLE public.content ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.content FORCE ROW LEVEL SECURITY;
ALTER TABLE public.content_moods ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.content_moods FORCE ROW LEVEL SECURITY;
ALTER TABLE public.recommendations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.recommendations FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.content, public.content_moods, public.recommendations FROM anon, authenticated;
GRANT SELECT ON public.content, public.recommendations TO authenticated;
GRANT SELECT ON public.content, public.content_moods TO mend_user, mend_service;
GRANT SELECT, INSERT ON public.recommendations TO mend_user;

CREATE POLICY catalogue ON public.content FOR SELECT TO authenticated, mend_user USING (deleted_at IS NULL);
CREATE POLICY service ON public.content FOR SELECT TO mend_service USING (true);
CREATE POLICY catalogue ON public.content_moods FOR SELECT TO mend_user, mend_service USING (true);
CREATE POLICY own_read ON public.recommendations FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.recommendations TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
