"""A new plan: the way, its days, something to do on each, and a reminder for every part of a day."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from functions.plan import queries, reminders, responses
from functions.plan.errors import NoMoodYet, NothingElse, OutOfReach, PlanActive, in_body, refused
from functions.plan.journeys import JOURNEYS, Journey
from functions.plan.models import PlanDraft, PlanMade
from functions.plan.records import Course, Day, Plan
from functions.plan.reminders import times_with
from functions.plan.rules.arc import Step, arc, too_far
from functions.plan.rules.choice import NothingFits
from functions.plan.rules.reminder_trial import QUIET, quiet
from functions.plan.selection import filled, supply
from shared import people
from shared.events import emit
from shared.events.types import plan_created
from shared.http import Call
from shared.ids import new_id
from shared.moods import MOODS
from shared.people import Clock

USUAL_DAYS = 7
USUAL_PER_DAY = 3
MOST_DAYS_AHEAD = 90


class Way(NamedTuple):
    current: str
    target: str
    steps: tuple[Step, ...]


async def make(call: Call[PlanDraft]) -> PlanMade:
    """In two round trips where the current mood is told, the candidates' among them."""
    conn, journey = call.conn, _journey(call.body)
    queries.lock(conn, call.person.id)
    profiles, active = people.queue_profiles(conn, [call.person.id]), queries.queue_active(conn)
    way = _way(call.body, journey, call.body.current or await queries.latest_mood(conn, call.now))
    supplied = await supply(conn, call.person.id, ((step.leaving, step.mood) for step in way.steps), call.now)
    if active.rows:
        raise PlanActive
    [profile] = profiles.rows
    plan = _plan(call, profile.clock, journey, way)
    days = tuple(_days(plan, way.steps))
    try:
        activities, gave_way = filled(plan, days, supplied, plan.id.int)
    except NothingFits:
        raise NothingElse from None
    course = Course(plan, profile.clock, days, activities)
    queries.store(conn, course)
    reminders.schedule(conn, course, call.now)
    emit(conn, [plan_created(plan.user_id, call.now, plan_id=plan.id)])
    return responses.made(course, gave_way)


def _journey(draft: PlanDraft) -> Journey | None:
    if draft.journey and draft.journey not in JOURNEYS:
        raise refused(("journey", "This is none of those that are listed at GET /journeys."))
    return JOURNEYS[draft.journey] if draft.journey else None


def _way(draft: PlanDraft, journey: Journey | None, latest: str | None) -> Way:
    current = latest or (journey and journey.start)
    target = draft.target or (journey.target if journey else "")
    if current is None:
        raise NoMoodYet
    if current == target:
        raise refused(("target", "This is where you are already."))
    if MOODS[target].valence <= 0:
        raise refused(("target", "A plan leads to a pleasant mood."))
    here, there = MOODS[current].point, MOODS[target].point
    days = draft.duration or (journey.days if journey else USUAL_DAYS)
    if far := too_far(here, there, days):
        feasible = [("duration", f"It takes {far.fewest_days} days or more.")]
        nearer = [("target", f"Within these days, {far.reachable} can be reached.")] if far.reachable else []
        raise OutOfReach(faults=in_body([*feasible, *nearer]))
    return Way(current, target, arc(here, there, days).steps)


def _plan(call: Call[PlanDraft], clock: Clock, journey: Journey | None, way: Way) -> Plan:
    draft, duration = call.body, len(way.steps)
    start = _start(draft.start_date, clock.today(call.now))
    return Plan(
        user_id=call.person.id,
        id=new_id(),
        status="active",
        current_mood=way.current,
        target_mood=way.target,
        duration=duration,
        per_day=draft.per_day or (journey.per_day if journey else USUAL_PER_DAY),
        minutes_per_day=draft.minutes_per_day,
        kinds=draft.kinds or (journey and [*journey.kinds]) or None,
        journey=draft.journey,
        start_date=start,
        last_date=start + timedelta(days=duration - 1),
        paused_on=None,
        slot_times=times_with(draft.reminders),
        reminded=draft.reminders is not False,
        without_prompts=draft.try_without_prompts,
        turns_at=clock.next_day_start(call.now, start),
        created_at=call.now,
        ended_at=None,
    )


def _start(wished: date | None, today: date) -> date:
    if wished and not today <= wished <= today + timedelta(days=MOST_DAYS_AHEAD):
        raise refused(("start_date", f"A plan starts today or within the next {MOST_DAYS_AHEAD} days."))
    return wished or today


def _days(plan: Plan, steps: Iterable[Step]) -> Iterable[Day]:
    for number, (point, mood, leaving) in enumerate(steps, start=1):
        prompted = not (plan.without_prompts and quiet(plan.id.int, number))
        yield Day(
            day=number,
            local_date=plan.start_date + timedelta(days=number - 1),
            leaving=leaving,
            target=mood,
            valence=point[0],
            arousal=point[1],
            prompted=prompted,
            propensity=1 - QUIET if plan.without_prompts else 1.0,
        )
