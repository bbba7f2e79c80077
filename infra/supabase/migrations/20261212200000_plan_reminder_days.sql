-- Tells whether a day of a plan, by its number, has an activity left to do in a slot. The date of a reminder does not tell
-- the day of the plan: a time before the start of a person's day is on the date after.
--
-- The function by date is for the release before. A later one drops it.
CREATE FUNCTION mend.plan_slot_open(person uuid, plan uuid, day smallint, slot text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = ''
RETURN plan IS NULL OR EXISTS (
    SELECT FROM public.elevation_plans AS p
    JOIN public.plan_activities AS a ON a.user_id = p.user_id AND a.plan_id = p.id
    WHERE p.user_id = plan_slot_open.person AND p.id = plan_slot_open.plan AND p.status = 'active'
      AND a.day = plan_slot_open.day AND a.slot = plan_slot_open.slot AND a.status = 'planned'
);

GRANT EXECUTE ON FUNCTION mend.plan_slot_open(uuid, uuid, smallint, text) TO mend_service;
