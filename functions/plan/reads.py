"""Reads: the list of plans, one plan, today, and the journeys."""

from datetime import datetime
from functools import cache
from uuid import UUID

from functions.plan import adaptation, queries, responses
from functions.plan.errors import NothingToday, NotStarted, PlanPaused
from functions.plan.journeys import JOURNEYS
from functions.plan.models import Journey, Journeys, Plan, PlanPage, PlanSummary, Today
from functions.plan.texts import PLAN_TEXTS, change_text, starts_text
from shared import people
from shared.http import Call
from shared.http.paging import NEWEST_FIRST, PageQuery, page_of


async def plan_page(call: Call[None, PageQuery]) -> PlanPage:
    """A page of the plans. If one of them is stored as active and is over, it is ended first."""

    async def summaries(before: tuple[datetime, UUID], limit: int) -> list[PlanSummary]:
        profiles = people.queue_profiles(call.conn, [call.person.id])
        plans, counts = await queries.plan_page(call.conn, before, limit)
        [profile] = profiles.rows
        if any(adaptation.is_over(plan, profile.clock, call.now) for plan in plans):
            await adaptation.load_active(call.conn, call.person.id, call.now)
            plans, counts = await queries.plan_page(call.conn, before, limit)
        return [responses.plan_summary(plan, counts[plan.id].total, counts[plan.id].done) for plan in plans]

    items, cursor = await NEWEST_FIRST.page(
        call.query, ("plans", str(call.person.id)), summaries, lambda plan: (plan.created_at, plan.plan_id)
    )
    return PlanPage(items=items, next_cursor=cursor)


async def plan(call: Call) -> Plan:
    return responses.plan(await adaptation.load(call.conn, call.person.id, call.id, call.now))


async def today(call: Call) -> Today:
    """The day that is today for the person.

    Raises `NothingToday`, `NotStarted`, which says when the plan starts, or `PlanPaused`, which says why it rests.
    """
    plan_id = await queries.active_plan(call.conn)
    if plan_id is None:
        raise await _nothing_today(call)
    record = await adaptation.load(call.conn, call.person.id, plan_id, call.now)
    date = record.clock.today(call.now)
    day = next((day for day in record.days if day.local_date == date), None)
    if date < record.plan.start_date and record.plan.status == "active":
        raise NotStarted(starts_text(record.plan.start_date, date, record.locale))
    if day is None or record.plan.status != "active":
        raise NothingToday
    return responses.today(record, day)


async def _nothing_today(call: Call) -> NothingToday:
    paused = await queries.paused_plans(call.conn)
    if not paused:
        return NothingToday()
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    return PlanPaused(change_text(paused[0].reason, {}, profile.locale))


async def journeys(call: Call[None, PageQuery]) -> Journeys:
    """A page of the journeys, in the language of the person's profile."""
    profiles = await people.load_profiles(call.conn, [call.person.id])
    all_journeys = _journeys(PLAN_TEXTS.code(profiles[call.person.id].locale))
    page = page_of(all_journeys, call.query, "journeys")
    return Journeys(items=page.items, next_cursor=page.next_cursor)


@cache
def _journeys(language: str) -> list[Journey]:
    texts = PLAN_TEXTS.texts(language).journeys
    return [
        Journey(
            id=journey.id,
            name=texts[journey.id].name,
            about=texts[journey.id].about,
            current=journey.current,
            target=journey.target,
            duration=journey.duration,
            per_day=journey.per_day,
            kinds=list(journey.kinds),
        )
        for journey in JOURNEYS.values()
    ]
