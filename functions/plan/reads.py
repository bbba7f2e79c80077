"""Looking at one's plans: all of them, one, today, and the journeys to choose from."""

from datetime import datetime
from functools import cache
from uuid import UUID

from functions.plan import adaptation, queries, responses
from functions.plan.errors import NothingToday
from functions.plan.journeys import JOURNEYS
from functions.plan.models import Journeys, JourneyShown, PlanPage, PlanShown, PlanSummary, Today
from shared.errors import NotFound
from shared.http import Call
from shared.http.paging import NEWEST_FIRST, PageQuery


async def page(call: Call[None, PageQuery]) -> PlanPage:
    async def summaries(before: tuple[datetime, UUID], limit: int) -> list[PlanSummary]:
        plans, counts = await queries.page(call.conn, before, limit)
        return [responses.summary(plan, counts[plan.id].total, counts[plan.id].done) for plan in plans]

    items, cursor = await NEWEST_FIRST.page(
        call.query, ("plans", str(call.person.id)), summaries, lambda plan: (plan.created_at, plan.plan_id)
    )
    return PlanPage(items=items, next_cursor=cursor)


async def one(call: Call) -> PlanShown:
    course = await adaptation.current(call.conn, call.person.id, call.id, call.now)
    if course is None:
        raise NotFound
    return responses.whole(course)


async def today(call: Call) -> Today:
    plan_id = await queries.active(call.conn)
    course = await adaptation.current(call.conn, call.person.id, plan_id, call.now) if plan_id else None
    if course is None or course.plan.status != "active":
        raise NothingToday
    date = course.clock.today(call.now)
    day = next((day for day in course.days if day.local_date == date), None)
    if day is None:
        raise NothingToday
    return responses.today(course, day)


@cache
def journeys() -> Journeys:
    return Journeys(
        items=[
            JourneyShown(
                id=journey.id,
                name=journey.name,
                about=journey.about,
                current=journey.start,
                target=journey.target,
                duration=journey.days,
                per_day=journey.per_day,
                kinds=list(journey.kinds),
            )
            for journey in JOURNEYS.values()
        ],
        next_cursor=None,
    )
