-- A plan leads from one mood to another, day by day (docs/plan.md).
CREATE TABLE public.elevation_plans (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
    current_mood text NOT NULL,
    target_mood text NOT NULL,
    duration smallint NOT NULL,
    per_day smallint NOT NULL,
    minutes_per_day smallint,
    kinds text[],
    journey text,
    start_date date NOT NULL,
    last_date date NOT NULL, -- moves with every pause
    paused_on date,
    slot_times jsonb NOT NULL, -- local times by slot
    reminders_enabled boolean NOT NULL,
    reminder_trial boolean NOT NULL,         -- some days have no reminder, to measure whether reminders help
    next_day_starts_at timestamptz NOT NULL, -- the start of the next local date, not before the first date of the plan
    calendar_key_digest bytea UNIQUE,        -- SHA-256 of the secret in the link to its calendar
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (user_id, id)
);

CREATE UNIQUE INDEX elevation_plans_one_active ON public.elevation_plans (user_id) WHERE status = 'active';
CREATE INDEX elevation_plans_newest ON public.elevation_plans (user_id, created_at DESC, id DESC);
CREATE INDEX elevation_plans_due ON public.elevation_plans (next_day_starts_at, id) WHERE status = 'active';

CREATE TABLE public.plan_days (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    plan_id uuid NOT NULL,
    day smallint NOT NULL, -- from 1
    local_date date NOT NULL,
    from_mood text NOT NULL, -- the mood nearest to the arc when the day begins
    target text NOT NULL,    -- the mood nearest to the arc when the day ends
    valence double precision NOT NULL,
    arousal double precision NOT NULL,
    has_reminders boolean NOT NULL DEFAULT true,
    propensity real NOT NULL DEFAULT 1, -- the probability with which the day has reminders
    PRIMARY KEY (user_id, plan_id, day),
    CONSTRAINT plan_days_plan_fkey
        FOREIGN KEY (user_id, plan_id) REFERENCES public.elevation_plans (user_id, id) ON DELETE CASCADE
);

-- The activities of each day. Title, kind and minutes are those of the content version that was chosen.
CREATE TABLE public.plan_activities (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    plan_id uuid NOT NULL,
    id uuid NOT NULL,
    day smallint NOT NULL,
    position smallint NOT NULL,
    slot text NOT NULL,
    local_time time NOT NULL,
    content_id uuid NOT NULL,
    content_version integer NOT NULL,
    title text NOT NULL,
    kind text NOT NULL,
    minutes smallint NOT NULL,
    reasons jsonb NOT NULL DEFAULT '[]', -- [{"code", "label", "detail"}]
    status text NOT NULL DEFAULT 'planned' CHECK (status IN ('planned', 'done', 'skipped', 'missed', 'cancelled')),
    mood_after text,
    finished_at timestamptz,
    sequence integer NOT NULL DEFAULT 0, -- grows with every change that a calendar shows (SEQUENCE of RFC 5545)
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, plan_id, id),
    CONSTRAINT plan_activities_day_fkey
        FOREIGN KEY (user_id, plan_id, day) REFERENCES public.plan_days (user_id, plan_id, day) ON DELETE CASCADE
);

CREATE INDEX plan_activities_day ON public.plan_activities (user_id, plan_id, day);

-- The changes of a plan. Each has its reason, and the message that the person reads.
CREATE TABLE public.plan_changes (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    plan_id uuid NOT NULL,
    id uuid NOT NULL,
    reason text NOT NULL,
    message text NOT NULL,
    -- The days with a new target or date: [{"day", "date", "target", "previous_date", "previous_target"}]
    days jsonb NOT NULL DEFAULT '[]',
    from_date date NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, plan_id, id),
    CONSTRAINT plan_changes_plan_fkey
        FOREIGN KEY (user_id, plan_id) REFERENCES public.elevation_plans (user_id, id) ON DELETE CASCADE
);

ALTER TABLE public.elevation_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.elevation_plans FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plan_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plan_days FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plan_activities ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plan_activities FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plan_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plan_changes FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.elevation_plans, public.plan_days, public.plan_activities, public.plan_changes
    FROM anon, authenticated;
GRANT SELECT ON public.elevation_plans, public.plan_days, public.plan_activities, public.plan_changes
    TO authenticated, mend_service;
GRANT SELECT, INSERT, UPDATE ON public.elevation_plans, public.plan_days, public.plan_activities TO mend_user;
GRANT SELECT, INSERT ON public.plan_changes TO mend_user;

CREATE POLICY own_read ON public.elevation_plans FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_read ON public.plan_days FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_read ON public.plan_activities FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own_read ON public.plan_changes FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.elevation_plans TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.plan_days TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.plan_activities TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.plan_changes TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.elevation_plans FOR SELECT TO mend_service USING (true);
CREATE POLICY service ON public.plan_days FOR SELECT TO mend_service USING (true);
CREATE POLICY service ON public.plan_activities FOR SELECT TO mend_service USING (true);
CREATE POLICY service ON public.plan_changes FOR SELECT TO mend_service USING (true);
