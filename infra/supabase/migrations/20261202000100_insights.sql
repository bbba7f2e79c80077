-- deploy: 0.1.0, the release before, ran on single machines, so no running functions use what this changes
-- Insights: what goes with a person's good and bad days, and the nightly job that finds it (docs/insights.md).
CREATE TABLE public.insights (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('factor', 'measure', 'content', 'practice')),
    about text NOT NULL,             -- the factor or measure, the id of a content, or a kind of content
    names text[] NOT NULL,           -- of all copies of the factor, which cannot be told apart
    outcome text NOT NULL,           -- what it goes with: valence or arousal
    lag smallint NOT NULL,           -- in days
    unit double precision NOT NULL,  -- what the effect is for: 1 for a tag, the person's own sd for a measure
    effect double precision NOT NULL,    -- on the scale from -10 to 10
    effect_sd double precision NOT NULL, -- in the person's own sd
    low double precision NOT NULL,
    high double precision NOT NULL,
    level double precision NOT NULL, -- of the interval; higher for what was selected among many
    adjusted_p double precision,     -- NULL for content and practices: their interval is that of a posterior
    n_with integer NOT NULL,
    n_without integer,
    n_effective double precision,
    first_day date NOT NULL,         -- the window that was analysed
    last_day date NOT NULL,
    forgets_tags boolean NOT NULL,   -- fewer tags are given on low days, so it may mislead
    method_version text NOT NULL,
    status text NOT NULL CHECK (status IN ('new', 'seen', 'dismissed', 'known', 'ended', 'replaced')),
    useful boolean,                  -- what the person said about it
    found_at timestamptz NOT NULL,
    estimated_at timestamptz NOT NULL,
    told_at timestamptz,             -- when it was announced
    expires_at timestamptz NOT NULL, -- it ends then, unless it is estimated again
    replaced_by uuid,
    PRIMARY KEY (user_id, id)
);

CREATE INDEX insights_newest ON public.insights (user_id, found_at DESC, id DESC);
CREATE UNIQUE INDEX insights_one_live ON public.insights (user_id, kind, about, outcome, lag)
    WHERE status NOT IN ('ended', 'replaced');
CREATE INDEX insights_expiry ON public.insights (expires_at) WHERE status NOT IN ('ended', 'replaced');

ALTER TABLE public.insights ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.insights FORCE ROW LEVEL SECURITY;
REVOKE ALL ON public.insights FROM anon, authenticated;
GRANT SELECT, UPDATE ON public.insights TO mend_user;
GRANT SELECT, INSERT, UPDATE ON public.insights TO mend_service;
CREATE POLICY own ON public.insights TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.insights TO mend_service USING (true) WITH CHECK (true);

-- What the job knows about a person. `ledger` and `withheld` are documents of functions/insights/rules.
ALTER TABLE mend.insight_people
    ADD COLUMN due_at timestamptz,   -- the night in which the job looks at what is new; NULL if nothing is
    ADD COLUMN ledger jsonb,         -- the looks for discoveries, and what they spent; NULL before the first one
    ADD COLUMN withheld jsonb NOT NULL DEFAULT '[]'; -- factors without a finding at the latest look
CREATE INDEX insight_people_due ON mend.insight_people (due_at) WHERE due_at IS NOT NULL;

-- Returns the next 03:00 where the person is.
CREATE FUNCTION mend.next_insight_night(person uuid, now timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = ''
AS $$
    SELECT CASE WHEN night > now THEN night ELSE (local_night + interval '1 day') AT TIME ZONE timezone END
    FROM (
        SELECT timezone, local_night, local_night AT TIME ZONE timezone AS night
        FROM (
            SELECT zone.timezone, date_trunc('day', now AT TIME ZONE zone.timezone) + interval '3 hours' AS local_night
            FROM (
                SELECT coalesce((SELECT p.timezone FROM public.user_profiles AS p WHERE p.user_id = person), 'UTC')
                    AS timezone
            ) AS zone
        ) AS today
    ) AS nights
$$;

GRANT EXECUTE ON FUNCTION mend.next_insight_night(uuid, timestamptz) TO mend_user, mend_service;

-- Whoever has entries before this release is looked at in the first night.
INSERT INTO mend.insight_people (user_id, stale_since, due_at)
SELECT DISTINCT e.user_id, now(), now() FROM public.mood_entries AS e
ON CONFLICT (user_id) DO UPDATE SET due_at = excluded.due_at;

-- The kinds of notifications of insights and experiments. Who wants weekly summaries gets the longer reviews as well.
ALTER TABLE public.notifications DROP CONSTRAINT notifications_kind_check;
ALTER TABLE public.notifications ADD CONSTRAINT notifications_kind_check CHECK (
    kind IN ('check_in', 'plan', 'insight', 'weekly_summary', 'streak', 'account', 'monthly_review', 'yearly_review',
             'experiment')
);
UPDATE public.notification_settings SET kinds = kinds || ARRAY['monthly_review', 'yearly_review']
WHERE 'weekly_summary' = ANY (kinds);
UPDATE public.notification_settings SET kinds = kinds || ARRAY['experiment'] WHERE 'plan' = ANY (kinds);
