-- Notifications, planned and sent. Each is sent at most once for a person, kind, local date and slot.
CREATE TABLE public.notifications (
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('check_in', 'plan', 'insight', 'weekly_summary', 'streak', 'account')),
    local_date date NOT NULL, -- in the zone of the person
    slot text NOT NULL,       -- distinguishes notifications of one kind on one day
    local_time time NOT NULL,
    due_at timestamptz NOT NULL, -- the instant of that local time, computed when the row is written and when it is due
    source_id uuid,              -- the plan or insight that it is about
    data jsonb NOT NULL DEFAULT '{}', -- numbers for its text; never a mood, a note or an activity
    state text NOT NULL DEFAULT 'planned'
        CHECK (state IN ('planned', 'held', 'sending', 'sent', 'delivered', 'failed', 'dropped', 'unknown')),
    state_reason text,        -- why it was held, dropped, failed or planned again
    attempts smallint NOT NULL DEFAULT 0,
    leased_until timestamptz, -- if the sender has stored no outcome by then, it has crashed
    channels jsonb NOT NULL DEFAULT '{}', -- the outcome on each channel
    sent_on date,             -- the local day on which its message was sent, for the daily limit
    sent_at timestamptz,      -- when it entered the inbox; NULL without an inbox
    bundled_with uuid,        -- the notification that leads the message for several
    title text,               -- as it was sent
    body text,
    read_at timestamptz,
    PRIMARY KEY (user_id, id),
    CONSTRAINT notifications_once UNIQUE (user_id, kind, local_date, slot)
);

CREATE INDEX notifications_due ON public.notifications (due_at) WHERE state IN ('planned', 'held');
CREATE INDEX notifications_pending ON public.notifications (user_id, due_at) WHERE state IN ('planned', 'held');
CREATE INDEX notifications_leases ON public.notifications (leased_until) WHERE state = 'sending';
CREATE INDEX notifications_age ON public.notifications (due_at) WHERE state NOT IN ('planned', 'held');
CREATE INDEX notifications_source ON public.notifications (user_id, source_id) WHERE source_id IS NOT NULL;
CREATE INDEX notifications_sent_on ON public.notifications (user_id, sent_on) WHERE sent_on IS NOT NULL;
CREATE INDEX notifications_inbox ON public.notifications (user_id, sent_at DESC, id DESC) WHERE sent_at IS NOT NULL;
CREATE INDEX notifications_unread ON public.notifications (user_id, sent_at DESC, id DESC)
    WHERE sent_at IS NOT NULL AND read_at IS NULL;

-- How a person wants to be notified, and when the job schedules their next reminders.
CREATE TABLE public.notification_settings (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    channels text[] NOT NULL, -- those that the person has switched on
    kinds text[] NOT NULL,
    quiet_from time,          -- local times; both are set, or neither
    quiet_to time,
    check_in_times time[] NOT NULL,
    max_per_day smallint NOT NULL,
    silent_until timestamptz, -- the end of a care period; until then we send only account mail
    schedule_next_at timestamptz NOT NULL DEFAULT now(), -- when the job schedules reminders of further days
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

CREATE INDEX notification_settings_schedule ON public.notification_settings (schedule_next_at);

-- The app on a device. It belongs to the person who signed in there last. The token is a secret: whoever has it can
-- send to the device.
CREATE TABLE public.devices (
    token text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    platform text NOT NULL CHECK (platform IN ('ios', 'android', 'web')),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX devices_newest ON public.devices (user_id, seen_at DESC, token DESC);

ALTER TABLE public.notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notifications FORCE ROW LEVEL SECURITY;
ALTER TABLE public.notification_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notification_settings FORCE ROW LEVEL SECURITY;
ALTER TABLE public.devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.devices FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.notifications, public.notification_settings, public.devices FROM anon, authenticated;
GRANT SELECT ON public.notifications TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.notifications TO mend_user, mend_service;
GRANT SELECT, INSERT, UPDATE ON public.notification_settings TO mend_user, mend_service;
GRANT SELECT, DELETE ON public.devices TO mend_user, mend_service;

CREATE POLICY own_read ON public.notifications FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON public.notifications TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.notification_settings TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY own ON public.devices TO mend_user
    USING (user_id = (SELECT mend.uid())) WITH CHECK (user_id = (SELECT mend.uid()));
CREATE POLICY service ON public.notifications TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON public.notification_settings TO mend_service USING (true) WITH CHECK (true);
CREATE POLICY service ON public.devices TO mend_service USING (true) WITH CHECK (true);

-- Gives a device to the person who signs in on it, and deletes the person's oldest devices beyond `max_devices`. It
-- runs with the rights of its owner (SECURITY DEFINER), because row-level security hides the row of the previous
-- person.
CREATE FUNCTION mend.register_device(new_token text, new_platform text, max_devices integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    me constant uuid := mend.uid();
BEGIN
    PERFORM pg_advisory_xact_lock(mend.lock_key('devices', me::text));
    INSERT INTO public.devices AS d (token, user_id, platform) VALUES (new_token, me, new_platform)
    ON CONFLICT (token) DO UPDATE
        SET user_id = excluded.user_id, platform = excluded.platform, seen_at = excluded.seen_at;
    DELETE FROM public.devices AS d WHERE d.token IN (
        SELECT o.token FROM public.devices AS o WHERE o.user_id = me
        ORDER BY o.seen_at DESC, o.token DESC OFFSET max_devices
    );
END
$$;

GRANT EXECUTE ON FUNCTION mend.register_device(text, text, integer) TO mend_user;

-- Returns the confirmed addresses of people. Mail goes only to those.
CREATE FUNCTION mend.confirmed_emails(people uuid[]) RETURNS TABLE (user_id uuid, email text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
    SELECT u.id, u.email::text FROM auth.users AS u
    WHERE u.id = ANY (people) AND u.email_confirmed_at IS NOT NULL AND u.email IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION mend.confirmed_emails(uuid[]) TO mend_service;

-- Tells whether a plan has an activity left to do in a slot of a day. If not, the reminder of the slot is dropped.
CREATE FUNCTION mend.plan_slot_open(person uuid, plan uuid, day date, slot text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = ''
RETURN plan IS NULL OR EXISTS (
    SELECT FROM public.elevation_plans AS p
    JOIN public.plan_days AS d ON d.user_id = p.user_id AND d.plan_id = p.id
    JOIN public.plan_activities AS a ON a.user_id = d.user_id AND a.plan_id = d.plan_id AND a.day = d.day
    WHERE p.user_id = plan_slot_open.person AND p.id = plan_slot_open.plan AND p.status = 'active'
      AND d.local_date = plan_slot_open.day AND a.slot = plan_slot_open.slot AND a.status = 'planned'
);

GRANT EXECUTE ON FUNCTION mend.plan_slot_open(uuid, uuid, date, text) TO mend_service;
