-- The provider of an item that is not our own, and its id there.
ALTER TABLE public.content
    ADD COLUMN provider text,
    ADD COLUMN provider_id text,
    ADD CONSTRAINT content_source UNIQUE (provider, provider_id),
    ADD CONSTRAINT content_source_whole CHECK ((provider IS NULL) = (provider_id IS NULL));

GRANT INSERT, UPDATE ON public.content TO mend_service;
DROP POLICY service ON public.content;
CREATE POLICY service ON public.content TO mend_service USING (true) WITH CHECK (true);

-- Without evidence, items of providers rank behind our own. SECURITY DEFINER, because the roles that write content have no
-- right to write its index.
DROP TRIGGER index_content ON public.content;
DROP FUNCTION mend.index_content();
CREATE FUNCTION mend.index_content() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    DELETE FROM public.content_moods WHERE content_id = NEW.id;
    IF NEW.deleted_at IS NULL THEN
        INSERT INTO public.content_moods (mood, kind, weight, content_id)
        SELECT DISTINCT fit, NEW.kind,
               coalesce(round((NEW.evidence ->> 'effect')::numeric, 6), 0) - (NEW.provider IS NOT NULL)::integer * 0.01, NEW.id
        FROM unnest(NEW.fits) AS fit;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER index_content AFTER INSERT OR UPDATE OF kind, fits, evidence, deleted_at ON public.content
    FOR EACH ROW EXECUTE FUNCTION mend.index_content();
