-- Live documents that the app subscribes to, where there is no Firestore. Never the only copy of their data.
CREATE TABLE public.live_documents (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    name text NOT NULL,
    document jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, name)
);

CREATE INDEX live_documents_expiry ON public.live_documents (expires_at);
ALTER TABLE public.live_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.live_documents FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.live_documents FROM anon, authenticated;
GRANT SELECT ON public.live_documents TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.live_documents TO mend_service;
CREATE POLICY own_read ON public.live_documents FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY service ON public.live_documents TO mend_service USING (true) WITH CHECK (true);
