"""What days are filled with: of the candidates for the mood a day sets out from, what suits the person."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from functions.plan import queries, showing
from functions.plan.choosing import Activity as Choice
from functions.plan.choosing import Option, Place, Used, Wishes, choose, replacement
from functions.plan.reasons import Reason
from functions.plan.records import Activity, Day, Plan
from functions.plan.slots import starts
from shared.db import Connection
from shared.ids import new_id
from shared.ranking.candidates import Candidates, Catalogue
from shared.ranking.judging import Judge, Known
from shared.ranking.pool import Situation, pool_for

ANYONE = Known()
catalogue = Catalogue()


class Supply(NamedTuple):
    options: dict[str, list[Option]]  # by the mood that a day sets out from
    hidden: frozenset[UUID]


async def supply(conn: Connection, legs: Iterable[tuple[str, str]]) -> Supply:
    """For each mood to set out from, and the one to go to; read in one round trip with all that was posted."""
    aims = dict(legs)
    asked = {leaving: catalogue.ask(conn, leaving) for leaving in aims}
    hidden = await queries.hidden(conn)
    options = {leaving: _options(catalogue.take(leaving, asked[leaving]), aim) for leaving, aim in aims.items()}
    return Supply(options, hidden)


def _options(candidates: Candidates, aim: str, known: Known = ANYONE) -> list[Option]:
    pool = pool_for(candidates, known.population, Situation(target=aim))
    judge = Judge(pool, known, 0.0)
    return [Option(choice.content, judge.contender(choice).mean) for choice in pool.by_key.values()]


def filled(
    plan: Plan, days: Iterable[Day], supplied: Supply, seed: int, others: Iterable[Activity] = ()
) -> tuple[tuple[Activity, ...], tuple[Reason, ...]]:
    """Something for every place of these days, beside what the others hold; and which rules gave way for it."""
    places = [Place(day.day, plan.duration, day.leaving, position) for day in days for position in range(plan.per_day)]
    chosen = choose(places, supplied.options, _wishes(plan, supplied), seed, _used(others))
    return tuple(_rows(plan, chosen.activities)), chosen.gave_way


def instead(plan: Plan, day: Day, activity: Activity, supplied: Supply, everything: Sequence[Activity]) -> Activity:
    """Something else for the place of an activity; chosen anew each time somebody asks."""
    place = Place(day.day, plan.duration, day.leaving, activity.position)
    wishes = _wishes(plan, supplied)
    seed = plan.id.int + len(everything)
    [found] = _rows(plan, [replacement(place, supplied.options[day.leaving], wishes, seed, _used(everything))])
    return found


def _wishes(plan: Plan, supplied: Supply) -> Wishes:
    kinds = frozenset(plan.kinds) if plan.kinds else None
    return Wishes(plan.per_day, plan.minutes_per_day, kinds, supplied.hidden)


def _used(activities: Iterable[Activity]) -> list[Used]:
    return [Used(a.day, a.position, a.content_id, a.kind, a.minutes) for a in activities]


def _rows(plan: Plan, choices: Iterable[Choice]) -> Iterable[Activity]:
    times = starts(plan.per_day, plan.times)
    for day, position, slot, content, reasons in choices:
        yield Activity(
            new_id(),
            day,
            position,
            slot,
            times[position],
            content.id,
            content.version,
            content.title,
            content.kind,
            content.minutes,
            showing.reasons(reasons),
        )
