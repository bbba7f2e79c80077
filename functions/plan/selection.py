"""Selects the activities of a plan: reads the candidates for each mood, scores them for the person, and fills days."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from functions.plan.records import ActivityRow, DayRow, PlanRow
from functions.plan.rules.choice import (
    ChosenActivity,
    ExistingActivity,
    Option,
    Place,
    Requirements,
    choose,
    choose_replacement,
)
from functions.plan.rules.reasons import Explanation
from functions.plan.rules.slots import start_times
from shared.db import Connection
from shared.ids import new_id
from shared.moods import MOODS
from shared.ranking import CandidateCache, CandidateSet, KnowledgeReader, PersonKnowledge, Situation, day_number
from shared.ranking.eligibility import pool_for
from shared.ranking.person_scores import CandidateScorer

OptionsByMood: TypeAlias = dict[str, list[Option]]  # by the mood in which a day starts

candidate_cache, knowledge_reader = CandidateCache(), KnowledgeReader()


async def load_options(
    conn: Connection, person: UUID, moods: Iterable[tuple[str, str]], now: datetime
) -> OptionsByMood:
    """The options for each pair of a day's first mood and target, in one round trip with all queued statements."""
    targets, day = dict(moods), day_number(now)
    queued = {mood: candidate_cache.queue_query(conn, mood) for mood in targets}
    posted_knowledge = knowledge_reader.queue_queries(conn, person)
    await conn.flush()
    options = {}
    for mood, target in targets.items():
        candidates = candidate_cache.read_answer(mood, queued[mood])
        options[mood] = _options(
            candidates, target, knowledge_reader.read_answers(posted_knowledge, candidates, day), day
        )
    return options


def _options(candidates: CandidateSet, target: str, knowledge: PersonKnowledge, day: float) -> list[Option]:
    """All candidates but those that the person hid, disliked or avoids. An unpleasant target does not affect scores."""
    pleasant_target = target if MOODS[target].valence > 0 else None
    pool = pool_for(candidates, knowledge.population, Situation(day, target=pleasant_target))
    scorer, hidden = CandidateScorer(pool, knowledge, day), knowledge.taste.hidden
    return [
        Option(candidate.content, scorer.contender(candidate).mean)
        for key, candidate in pool.by_key.items()
        if key not in hidden
    ]


def fill_days(
    plan: PlanRow, days: Iterable[DayRow], options: OptionsByMood, seed: int, others: Iterable[ActivityRow] = ()
) -> tuple[tuple[ActivityRow, ...], tuple[Explanation, ...]]:
    """Activities for every place of these days, given those of the other days, and the rules that were relaxed."""
    places = [
        Place(day.day, plan.duration, day.from_mood, position) for day in days for position in range(plan.per_day)
    ]
    choice = choose(places, options, _requirements(plan), seed, _existing(others))
    return tuple(_rows(plan, choice.activities)), choice.relaxed_rules


def replace_activity(
    plan: PlanRow, day: DayRow, replaced: ActivityRow, options: OptionsByMood, activities: Sequence[ActivityRow]
) -> ActivityRow:
    """Another activity for the place of one, given all activities of the plan. Differs from one swap to the next."""
    place = Place(day.day, plan.duration, day.from_mood, replaced.position)
    seed = plan.id.int + len(activities)
    chosen = choose_replacement(place, options[day.from_mood], _requirements(plan), seed, _existing(activities))
    [replacement] = _rows(plan, [chosen])
    return replacement


def _requirements(plan: PlanRow) -> Requirements:
    return Requirements(plan.per_day, plan.minutes_per_day, frozenset(plan.kinds) if plan.kinds else None)


def _existing(activities: Iterable[ActivityRow]) -> list[ExistingActivity]:
    return [ExistingActivity(a.day, a.position, a.content_id, a.kind, a.minutes) for a in activities]


def _rows(plan: PlanRow, chosen: Iterable[ChosenActivity]) -> Iterable[ActivityRow]:
    times = start_times(plan.per_day, plan.times)
    for day, position, slot, content, reasons in chosen:
        yield ActivityRow(
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
            reasons,
        )
