"""Creates a plan: its arc, its days, their activities and reminders."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from functions.plan import adaptation, queries, reminders
from functions.plan.errors import NoActivityFits, OutOfReach, PlanActive, body_faults, invalid_fields
from functions.plan.journeys import JOURNEYS, JourneyTemplate, theme_of
from functions.plan.models import PlanDraft
from functions.plan.records import DayRow, PlanRecord, PlanRow
from functions.plan.rules import adjustments
from functions.plan.rules.arc import Step, arc, too_far
from functions.plan.rules.choice import NoOption
from functions.plan.rules.reminder_trial import QUIET_CHANCE, is_quiet
from functions.plan.rules.slots import Slot, StartTime, parsed_times, remaining_times
from functions.plan.selection import fill_places, in_language, load_options, open_places
from shared import people
from shared.errors import NoMoodYet, Sentence
from shared.events import emit
from shared.events.types import plan_created
from shared.http import Call
from shared.ids import new_id
from shared.moods import MOODS
from shared.people import Clock
from shared.safety import care

DEFAULT_DAYS = 7
DEFAULT_PER_DAY = 3
MAX_DAYS_AHEAD = 90


class MoodArc(NamedTuple):
    current: str
    target: str
    steps: tuple[Step, ...]


async def create(call: Call[PlanDraft]) -> tuple[PlanRecord, tuple[str, ...]]:
    """Store a new plan, and return it with the codes of the rules that were relaxed.

    A plan that is made in a care period is paused. Takes two round trips, or three if the mood has to be read first.
    """
    conn, journey = call.conn, _journey(call.body)
    queries.lock_plans(conn, call.person.id)
    profiles, active = people.queue_profiles(conn, [call.person.id]), queries.queue_active_plan(conn)
    care_is_open = care.queue_is_open(conn, call.now)
    mood_arc = _mood_arc(call.body, journey, call.body.current or await queries.latest_mood(conn, call.now))
    moods = ((step.from_mood, step.target) for step in mood_arc.steps)
    theme = theme_of(call.body.journey, _kinds(call.body, journey))
    options = await load_options(conn, call.person.id, moods, call.now, theme)
    if active.rows and await adaptation.load_active(conn, call.person.id, call.now):
        raise PlanActive
    [profile] = profiles.rows
    plan = _plan(call, profile.clock, journey, mood_arc)
    days = tuple(_days(plan, mood_arc.steps))
    try:
        places = open_places(plan, profile.clock, days, _first_day(plan, profile.clock, call.now))
        activities, relaxed_rules = fill_places(plan, places, options, plan.id.int)
    except NoOption:
        raise NoActivityFits from None
    record = PlanRecord(plan, profile.clock, days, activities, profile.locale)
    queries.insert_plan(conn, record)
    reminders.schedule(conn, record, call.now)
    emit(conn, [plan_created(plan.user_id, call.now, plan_id=plan.id)])
    [(in_care,)] = care_is_open.rows
    if in_care:
        record = await adaptation.pause(conn, record, adjustments.PAUSED_FOR_CARE, call.now)
        return record, relaxed_rules
    return record._replace(activities=in_language(activities, options, profile.locale)), relaxed_rules


def _journey(draft: PlanDraft) -> JourneyTemplate | None:
    if draft.journey and draft.journey not in JOURNEYS:
        raise invalid_fields(("journey", Sentence("This is none of those that GET /plan/journeys lists.")))
    return JOURNEYS[draft.journey] if draft.journey else None


def _mood_arc(draft: PlanDraft, journey: JourneyTemplate | None, latest: str | None) -> MoodArc:
    current = latest or (journey and journey.current)
    target = draft.target or (journey.target if journey else "")
    if current is None:
        raise NoMoodYet
    if current == target:
        raise invalid_fields(("target", Sentence("This is where you are already.")))
    start, end = MOODS[current].point, MOODS[target].point
    days = draft.duration or (journey.duration if journey else DEFAULT_DAYS)
    if far := too_far(start, end, days):
        faults = [("duration", Sentence("It takes {days} days or more.", days=far.fewest_days))]
        if far.reachable:
            faults.append(("target", Sentence("These days can lead as far as: {mood}.", mood=far.reachable)))
        raise OutOfReach(faults=body_faults(faults))
    return MoodArc(current, target, arc(start, end, days).steps)


def _plan(call: Call[PlanDraft], clock: Clock, journey: JourneyTemplate | None, mood_arc: MoodArc) -> PlanRow:
    draft, duration = call.body, len(mood_arc.steps)
    per_day = draft.per_day or (journey.per_day if journey else DEFAULT_PER_DAY)
    times = reminders.slot_times(draft.reminders)
    start = _start_date(draft.start_date, clock, per_day, parsed_times(times), call.now)
    return PlanRow(
        user_id=call.person.id,
        id=new_id(),
        status="active",
        current_mood=mood_arc.current,
        target_mood=mood_arc.target,
        duration=duration,
        per_day=per_day,
        minutes_per_day=draft.minutes_per_day,
        kinds=_kinds(draft, journey),
        journey=draft.journey,
        start_date=start,
        last_date=start + timedelta(days=duration - 1),
        paused_on=None,
        slot_times=times,
        reminders_enabled=draft.reminders is not False,
        reminder_trial=draft.reminder_trial,
        next_day_starts_at=clock.next_day_start(call.now, start),
        created_at=call.now,
        ended_at=None,
    )


def _kinds(draft: PlanDraft, journey: JourneyTemplate | None) -> list[str] | None:
    return [*draft.kinds] if draft.kinds else (journey and [*journey.kinds]) or None


def _start_date(
    requested: date | None, clock: Clock, per_day: int, slot_times: Mapping[Slot, time], now: datetime
) -> date:
    """The requested date. Without one today, or tomorrow if too little of today is left for all activities of a day."""
    today = clock.today(now)
    if requested and not today <= requested <= today + timedelta(days=MAX_DAYS_AHEAD):
        raise invalid_fields(
            ("start_date", Sentence("A plan starts today or within the next {days} days.", days=MAX_DAYS_AHEAD))
        )
    remaining = len(_times_of_today(clock, per_day, slot_times, now))
    if requested == today and not remaining:
        raise invalid_fields(("start_date", Sentence("Today's times have passed. A plan can start tomorrow.")))
    return requested or (today if remaining == per_day else today + timedelta(days=1))


def _first_day(plan: PlanRow, clock: Clock, now: datetime) -> Sequence[StartTime] | None:
    """The times of the first day if it is today. None for the usual ones."""
    return _times_of_today(clock, plan.per_day, plan.times, now) if plan.start_date == clock.today(now) else None


def _times_of_today(clock: Clock, per_day: int, slot_times: Mapping[Slot, time], now: datetime) -> Sequence[StartTime]:
    return remaining_times(per_day, slot_times, now.astimezone(clock.zone).time(), clock.day_starts_at)


def _days(plan: PlanRow, steps: Iterable[Step]) -> Iterable[DayRow]:
    for number, (point, target, from_mood) in enumerate(steps, start=1):
        quiet = plan.reminder_trial and is_quiet(plan.id.int, number)
        yield DayRow(
            day=number,
            local_date=plan.start_date + timedelta(days=number - 1),
            from_mood=from_mood,
            target=target,
            valence=point[0],
            arousal=point[1],
            has_reminders=not quiet,
            propensity=1 - QUIET_CHANCE if plan.reminder_trial else 1.0,
        )
