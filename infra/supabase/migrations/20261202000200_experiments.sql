-- Experiments of one's own: on some days, drawn at random, a person does one thing (docs/insights.md).
CREATE TABLE public.experiments (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    factor text,                  -- what is tried: a factor of the person, or a kind of content
    kind text,
    days smallint NOT NULL,
    first_day date NOT NULL,      -- in the zone of the person
    remind_at time NOT NULL,      -- local; the moods after it count, on every day
    seed text NOT NULL,           -- the draw of all days follows from it; shown when the experiment is over
    power double precision NOT NULL, -- the chance to show an effect of 0.8 sd, as promised before the start
    status text NOT NULL CHECK (status IN ('running', 'stopped', 'finished')),
    due_at timestamptz,           -- when the job schedules the next day's reminder, or finds the verdict
    verdict jsonb,                -- a document of functions/insights/rules
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (user_id, id),
    CHECK (factor IS NULL OR kind IS NULL),
    CHECK ((status = 'running') = (due_at IS NOT NULL))
);

CREATE UNIQUE INDEX experiments_one_running ON public.experiments (user_id) WHERE status = 'running';
CREATE INDEX experiments_newest ON public.experiments (user_id, created_at DESC, id DESC);
CREATE INDEX experiments_due ON public.experiments (due_at) WHERE status = 'running';

-- What is known of single days: what the person answered, and which days a care period took out.
CREATE TABLE public.experiment_days (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    experiment_id uuid NOT NULL,
    day date NOT NULL,
    kept boolean,                 -- whether the person did as drawn; NULL without an answer
    paused boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, experiment_id, day),
    CONSTRAINT experiment_days_experiment_fkey
        FOREIGN KEY (user_id, experiment_id) REFERENCES public.experiments (user_id, id) ON DELETE CASCADE
);

ALTER TABLE public.experiments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.experiments FORCE ROW LEVEL SECURITY;
ALTER TABLE public.experiment_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.experiment_days FORCE ROW LEVEL SECURITY;

-- The REST endpoint does not serve them: who reads the seed knows the draws of all days.
REVOKE ALL ON public.experiments, public.experiment_days FROM anon, authenticated;
GRANT SELECT, INSERT, UPDATE ON public.experiments, public.experiment_days TO mend_user;
GRANT SELECT, UPDATE ON public.experiments TO mend_service;
GRANT SELECT, INSERT, UPDATE ON public.experiment_days TO mend_service;
CREATE POLICY own ON public.experiments TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.experiment_days TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.experiments TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON public.experiment_days TO mend_service USING (true) WITH CHECK (true);
