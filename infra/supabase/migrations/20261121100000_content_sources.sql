-- Where an item comes from that is not of our own writing, and what it is called there.
ALTER TABLE public.content
    ADD COLUMN provider text,
    ADD COLUMN provider_id text,
    ADD CONSTRAINT content_source UNIQUE (provider, provider_id),
    ADD CONSTRAINT content_source_whole CHECK ((provider IS NULL) = (provider_id IS NULL));

GRANT INSERT, UPDATE ON public.content TO mend_service;
DROP POLICY service ON public.content;
CREATE POLICY service ON public.content TO mend_service USING (true) WITH CHECK (true);

-- Whoever may write content need not be allowed to write its index.
ALTER FUNCTION mend.index_content() SECURITY DEFINER;
