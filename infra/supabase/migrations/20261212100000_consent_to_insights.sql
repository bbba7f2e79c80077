-- Whoever agrees to insights again finds their sums and measures in the next answer: all their days are recorded as
-- changed with the decision, so that no event has to arrive first. While there is a row in `mend.insight_people`,
-- nothing was deleted, and there is nothing to count.
CREATE FUNCTION mend.record_days_to_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    IF EXISTS (SELECT FROM mend.insight_people AS p WHERE p.user_id = NEW.user_id) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM public.mood_entries AS e WHERE e.user_id = NEW.user_id) THEN
        INSERT INTO mend.changed_insight_days (user_id) VALUES (NEW.user_id);
    END IF;
    IF EXISTS (SELECT FROM public.insight_measures AS m WHERE m.user_id = NEW.user_id) THEN
        PERFORM mend.mark_insights_stale(NEW.user_id, NEW.decided_at);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER record_days_to_count AFTER INSERT ON public.consents
    FOR EACH ROW WHEN (NEW.purpose = 'insights' AND NEW.granted) EXECUTE FUNCTION mend.record_days_to_count();
