"""What days are filled with: of the candidates for the mood a day sets out from, what suits the person."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from functions.plan.records import Activity, Day, Plan
from functions.plan.records import Reason as StoredReason
from functions.plan.rules.choice import Activity as Choice
from functions.plan.rules.choice import Option, Place, Used, Wishes, choose, replacement
from functions.plan.rules.reasons import Reason
from functions.plan.rules.slots import starts
from shared.db import Connection
from shared.ids import new_id
from shared.moods import MOODS
from shared.ranking import CandidateCache, CandidateSet, KnowledgeReader, PersonKnowledge, Situation, day_number
from shared.ranking.contenders import CandidateScorer
from shared.ranking.pool import pool_for

Supply: TypeAlias = dict[str, list[Option]]  # by the mood that a day sets out from

catalogue, knowledge = CandidateCache(), KnowledgeReader()


async def supply(conn: Connection, person: UUID, legs: Iterable[tuple[str, str]], now: datetime) -> Supply:
    """For each mood to set out from, and the one to go to; read in one round trip with all that was posted."""
    aims, day = dict(legs), day_number(now)
    posted = {leaving: catalogue.queue(conn, leaving) for leaving in aims}
    of_the_person = knowledge.queue(conn, person)
    await conn.flush()
    supplied = {}
    for leaving, aim in aims.items():
        candidates = catalogue.take(leaving, posted[leaving])
        supplied[leaving] = _options(candidates, aim, knowledge.take(of_the_person, candidates, day), day)
    return supplied


def _options(candidates: CandidateSet, aim: str, known: PersonKnowledge, day: float) -> list[Option]:
    """All but what they hid, disliked or avoid. An aim that is still unpleasant is a step, and nothing to lead to."""
    target = aim if MOODS[aim].valence > 0 else None
    pool = pool_for(candidates, known.population, Situation(day, target=target))
    judge, hidden = CandidateScorer(pool, known, day), known.taste.hidden
    return [
        Option(choice.content, judge.contender(choice).mean) for key, choice in pool.by_key.items() if key not in hidden
    ]


def filled(
    plan: Plan, days: Iterable[Day], supplied: Supply, seed: int, others: Iterable[Activity] = ()
) -> tuple[tuple[Activity, ...], tuple[Reason, ...]]:
    """Something for every place of these days, beside what the others hold; and which rules gave way for it."""
    places = [Place(day.day, plan.duration, day.leaving, position) for day in days for position in range(plan.per_day)]
    chosen = choose(places, supplied, _wishes(plan), seed, _used(others))
    return tuple(_rows(plan, chosen.activities)), chosen.gave_way


def instead(plan: Plan, day: Day, activity: Activity, supplied: Supply, everything: Sequence[Activity]) -> Activity:
    """Something else for the place of an activity; chosen anew each time somebody asks."""
    place = Place(day.day, plan.duration, day.leaving, activity.position)
    seed = plan.id.int + len(everything)
    [found] = _rows(plan, [replacement(place, supplied[day.leaving], _wishes(plan), seed, _used(everything))])
    return found


def _wishes(plan: Plan) -> Wishes:
    return Wishes(plan.per_day, plan.minutes_per_day, frozenset(plan.kinds) if plan.kinds else None)


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
            [StoredReason(code=reason.code, label=reason.label, detail=reason.detail) for reason in reasons],
        )
