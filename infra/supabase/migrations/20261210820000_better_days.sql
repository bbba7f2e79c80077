-- What an insight says enters recommendations and plans, for as long as it stands.

-- The insights of the person that say what goes with their better days, the largest effect first, at most 20: [[id, names,
-- effect, low, high, level]]. Only what they have seen and not dismissed, of a factor that they do not hide, on the same
-- day. Nothing in a care period, or without the consent to insights and to personalisation. NULL if there is nothing.
CREATE FUNCTION mend.better_days(person uuid, at timestamptz) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = ''
AS $$
DECLARE
    found json;
BEGIN
    IF NOT mend.has_consent(person, 'insights') THEN
        RETURN NULL;
    END IF;
    SELECT json_agg(json_build_array(best.id, best.names, best.effect, best.low, best.high, best.level)) INTO found
    FROM (
        SELECT i.id, i.names, i.effect, i.low, i.high, i.level
        FROM public.insights AS i
        WHERE i.user_id = person AND i.status IN ('seen', 'known') AND i.useful IS NOT FALSE AND i.expires_at > at
          AND i.kind = 'factor' AND i.outcome = 'valence' AND i.lag = 0 AND i.low > 0 AND NOT i.forgets_tags
          AND NOT EXISTS (
              SELECT FROM public.insight_factors AS f WHERE f.user_id = person AND f.hidden AND f.factor = i.about
          )
        ORDER BY i.effect DESC, i.id
        LIMIT 20
    ) AS best;
    -- Most people have nothing, so that the rest is seldom asked.
    IF found IS NULL OR NOT mend.has_consent(person, 'personalisation')
        OR EXISTS (SELECT FROM public.care_periods AS c WHERE c.user_id = person AND c.ends_at > at)
    THEN
        RETURN NULL;
    END IF;
    RETURN found;
END
$$;

GRANT EXECUTE ON FUNCTION mend.better_days(uuid, timestamptz) TO mend_user, mend_service;

-- An insight that no longer stands disappears from stored responses, and from the live feed.
CREATE FUNCTION mend.forget_insights(person uuid, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    UPDATE mend.idempotency_keys AS k SET body = NULL
    WHERE k.user_id = person AND k.body IS NOT NULL AND k.records && ids;
    INSERT INTO mend.live_documents_due (user_id, name, requested_at)
    SELECT person, 'feed', now() WHERE mend.has_account(person)
    ON CONFLICT (user_id, name) DO UPDATE SET version = excluded.version, requested_at = excluded.requested_at;
END
$$;

CREATE FUNCTION mend.forget_insight() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    PERFORM mend.forget_insights(OLD.user_id, ARRAY[OLD.id]);
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_answered AFTER UPDATE ON public.insights FOR EACH ROW
    WHEN ((OLD.status, OLD.useful) IS DISTINCT FROM (NEW.status, NEW.useful))
    EXECUTE FUNCTION mend.forget_insight();

CREATE FUNCTION mend.forget_hidden_factor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    PERFORM mend.forget_insights(
        NEW.user_id,
        ARRAY(SELECT i.id FROM public.insights AS i WHERE i.user_id = NEW.user_id AND i.about = NEW.factor)
    );
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_hidden AFTER INSERT OR UPDATE ON public.insight_factors FOR EACH ROW
    WHEN (NEW.hidden) EXECUTE FUNCTION mend.forget_hidden_factor();

CREATE TRIGGER forget_deleted AFTER DELETE ON public.insights REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mend.forget_responses();
