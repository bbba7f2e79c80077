-- Product analytics (docs/analytics.md). Whoever agrees to it has a random id here, under which Mixpanel is told what they
-- do. The row lasts exactly as long as the agreement.
CREATE TABLE mend.analytics_people (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    distinct_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    agreed_at timestamptz NOT NULL -- nothing from before is sent
);

-- The ids of former rows, until Mixpanel has been asked to delete what it holds under them. They lead to nobody.
CREATE TABLE mend.analytics_deletions (
    distinct_id uuid PRIMARY KEY,
    due_since timestamptz NOT NULL DEFAULT now()
);

-- The last event that has been sent, or passed over. The outbox is read from there.
CREATE TABLE mend.analytics_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    published_at timestamptz NOT NULL,
    event_id uuid NOT NULL
);

ALTER TABLE mend.analytics_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.analytics_people FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.analytics_deletions ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.analytics_deletions FORCE ROW LEVEL SECURITY;
ALTER TABLE mend.analytics_position ENABLE ROW LEVEL SECURITY;
ALTER TABLE mend.analytics_position FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mend.analytics_people TO mend_service;
GRANT SELECT, DELETE ON mend.analytics_deletions TO mend_service;
GRANT SELECT, INSERT, UPDATE ON mend.analytics_position TO mend_service;
CREATE POLICY service ON mend.analytics_people TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.analytics_deletions TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON mend.analytics_position TO mend_service USING (true) WITH CHECK (true);

-- A decision takes effect in its own transaction.
CREATE FUNCTION mend.follow_analytics_consent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF NEW.granted THEN
        INSERT INTO mend.analytics_people AS p (user_id, agreed_at) VALUES (NEW.user_id, NEW.decided_at)
        ON CONFLICT (user_id) DO UPDATE SET agreed_at = excluded.agreed_at;
    ELSE
        DELETE FROM mend.analytics_people AS p WHERE p.user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER follow_analytics_consent AFTER INSERT ON public.consents
    FOR EACH ROW WHEN (NEW.purpose = 'analytics') EXECUTE FUNCTION mend.follow_analytics_consent();

-- Withdrawn, or gone with the account in whatever way.
CREATE FUNCTION mend.delete_at_mixpanel() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    INSERT INTO mend.analytics_deletions (distinct_id) VALUES (OLD.distinct_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER delete_at_mixpanel AFTER DELETE ON mend.analytics_people
    FOR EACH ROW EXECUTE FUNCTION mend.delete_at_mixpanel();

-- The text of this purpose now says what is counted, and who is told.
UPDATE mend.consent_purposes SET valid_since = date '2026-11-28' WHERE purpose = 'analytics';
