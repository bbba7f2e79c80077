"""Selects the activities of a plan: reads the candidates for each mood, scores them for the person, and fills days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import NamedTuple, TypeAlias
from uuid import UUID

from functions.plan.journeys import JourneyTheme, theme_of
from functions.plan.records import ActivityRow, DayRow, PlanRecord, PlanRow
from functions.plan.rules.choice import (
    TIME_OF_DAY_BONUS,
    ChosenActivity,
    ExistingActivity,
    Option,
    Place,
    Requirements,
    choose,
    choose_replacement,
)
from functions.plan.rules.reasons import TOLD_TIME, StoredReason
from functions.plan.rules.slots import StartTime, day_times, most_minutes
from shared.db import Connection
from shared.ids import new_id
from shared.moods import MOODS
from shared.people import Clock
from shared.places import weekend_of_zone
from shared.ranking import CandidateCache, CandidateSet, KnowledgeReader, PersonKnowledge, Situation, day_number
from shared.ranking.conditions import unmet_conditions
from shared.ranking.eligibility import Pool, pool_for
from shared.ranking.person_scores import CandidateScorer
from shared.ranking.reason_texts import REASON_TEXTS
from shared.ranking.reasons import mean_parts, why_codes
from shared.ranking.why import WhyWriter


class MoodOptions(NamedTuple):
    """The options for days that start in one mood, and what their scores were made from."""

    options: list[Option]
    scorer: CandidateScorer
    pool: Pool
    knowledge: PersonKnowledge


OptionsByMood: TypeAlias = dict[str, MoodOptions]  # by the mood in which a day starts

candidate_cache, knowledge_reader = CandidateCache(), KnowledgeReader()


async def load_options(
    conn: Connection, person: UUID, moods: Iterable[tuple[str, str]], now: datetime, theme: JourneyTheme | None
) -> OptionsByMood:
    """The options for each pair of a day's first mood and target, in one round trip with all queued statements.

    With a theme, all days have the options for its mood.
    """
    day_targets, day = dict(moods), day_number(now)
    targets = {theme.mood: next(iter(day_targets.values()))} if theme else day_targets
    queued = {mood: candidate_cache.queue_query(conn, mood) for mood in targets}
    posted_knowledge = knowledge_reader.queue_queries(conn, person, now)
    await conn.flush()
    options = {}
    for mood, target in targets.items():
        candidates = candidate_cache.read_answer(mood, queued[mood])
        options[mood] = _options(candidates, target, knowledge_reader.read_answers(posted_knowledge, candidates), day)
    return dict.fromkeys(day_targets, options[theme.mood]) if theme else options


def _options(candidates: CandidateSet, target: str, knowledge: PersonKnowledge, day: float) -> MoodOptions:
    """All candidates but those that the person hid, disliked or avoids. An unpleasant target does not affect scores."""
    pleasant_target = target if MOODS[target].valence > 0 else None
    pool = pool_for(candidates, knowledge.population, Situation(day, target=pleasant_target))
    scorer, hidden = CandidateScorer(pool, knowledge, day), knowledge.taste.hidden
    options = [
        Option(candidate.content, scorer.contender(candidate).mean)
        for key, candidate in pool.by_key.items()
        if key not in hidden
    ]
    return MoodOptions(options, scorer, pool, knowledge)


class OpenPlace(NamedTuple):
    """A place that an activity is chosen for."""

    clock: Clock
    day: DayRow
    position: int
    start: StartTime


def open_places(
    plan: PlanRow, clock: Clock, days: Iterable[DayRow], first_day: Sequence[StartTime] | None = None
) -> list[OpenPlace]:
    """The places of these days. The first day of the plan may have times of its own."""
    usual = day_times(plan.per_day, plan.times)
    starts = {1: first_day} if first_day is not None else {}
    return [
        OpenPlace(clock, day, position, start)
        for day in days
        for position, start in enumerate(starts.get(day.day, usual))
    ]


def fill_places(
    plan: PlanRow, opened: Sequence[OpenPlace], options: OptionsByMood, seed: int, others: Iterable[ActivityRow] = ()
) -> tuple[tuple[ActivityRow, ...], tuple[str, ...]]:
    """An activity for every place, given those of the other days, and the codes of relaxed rules."""
    places = [_place(plan, *place) for place in opened]
    offered = {mood: each.options for mood, each in options.items()}
    choice = choose(places, offered, _requirements(plan), seed, _existing(others))
    reasons = _Reasons(options)
    chosen = zip(opened, choice.activities, strict=True)
    rows = tuple(_row(each, place.start.at, reasons.of(each, place.day.from_mood)) for place, each in chosen)
    return rows, choice.relaxed_rules


def in_language(activities: Iterable[ActivityRow], options: OptionsByMood, locale: str) -> tuple[ActivityRow, ...]:
    """The activities with their titles in the language of the locale. They are stored with those of the catalogue."""
    contents = {item.content.id: item.content for each in options.values() for item in each.pool.by_key.values()}
    titles = {each.content_id: contents[each.content_id].text("title", locale) for each in activities}
    return tuple(each._replace(title=titles[each.content_id] or each.title) for each in activities)


def replace_activity(
    record: PlanRecord, day: DayRow, replaced: ActivityRow, options: OptionsByMood, activities: Sequence[ActivityRow]
) -> ActivityRow:
    """Another activity for the place of one, given all activities of the plan. Differs from one swap to the next."""
    plan, start = record.plan, StartTime(replaced.local_time, replaced.slot)
    place = _place(plan, record.clock, day, replaced.position, start)
    seed = plan.id.int + len(activities)
    chosen = choose_replacement(place, options[day.from_mood].options, _requirements(plan), seed, _existing(activities))
    return _row(chosen, replaced.local_time, _Reasons(options).of(chosen, day.from_mood))


def _place(plan: PlanRow, clock: Clock, day: DayRow, position: int, start: StartTime) -> Place:
    date = clock.calendar_date(day.local_date, start.at)
    local = datetime.combine(date, start.at, clock.zone)
    minutes = most_minutes(local, weekend_of_zone(clock.zone.key))
    return Place(day.day, plan.duration, day.from_mood, position, start.slot, unmet_conditions(local), minutes)


def plan_theme(plan: PlanRow) -> JourneyTheme | None:
    return theme_of(plan.journey, plan.kinds)


def _requirements(plan: PlanRow) -> Requirements:
    theme = plan_theme(plan)
    return Requirements(
        plan.per_day,
        plan.minutes_per_day,
        frozenset(plan.kinds) if plan.kinds else None,
        slot_kinds=theme.slot_kinds if theme else {},
    )


def _existing(activities: Iterable[ActivityRow]) -> list[ExistingActivity]:
    return [ExistingActivity(a.day, a.position, a.content_id, a.kind, a.minutes) for a in activities]


def _row(chosen: ChosenActivity, at: time, reasons: Sequence[StoredReason]) -> ActivityRow:
    content = chosen.content
    return ActivityRow(
        new_id(),
        chosen.day,
        chosen.position,
        chosen.slot,
        at,
        content.id,
        content.version,
        content.title,
        content.kind,
        content.minutes,
        reasons,
    )


class _Reasons:
    """Adds `why` to the reasons of activities, in every language, so that a change of language needs no new plan."""

    def __init__(self, options: OptionsByMood) -> None:
        self._options = options
        self._writers = {language: WhyWriter(language) for language in REASON_TEXTS.by_code}

    def of(self, chosen: ChosenActivity, from_mood: str) -> Sequence[StoredReason]:
        _, scorer, pool, knowledge = self._options[from_mood]
        content, seed = chosen.content, chosen.day + chosen.position
        contender = scorer.contender(pool.by_key[str(content.id)])
        parts = dict(mean_parts(contender))
        if any(reason["code"] == TOLD_TIME for reason in chosen.reasons):
            parts["evening" if chosen.slot == "evening" else "daylight"] = TIME_OF_DAY_BONUS
        insight = knowledge.better_days.get(str(content.id))
        is_told = insight is not None and insight.activity in why_codes(parts, contender, knowledge)

        def sentences(codes: Sequence[str]) -> Mapping[str, str]:
            late = chosen.slot == "evening"
            return {
                language: writer.sentence(codes, content, pool.mood, seed, late=late, target=pool.target)
                for language, writer in self._writers.items()
            }

        codes = why_codes(parts | {"better_days": 0.0}, contender, knowledge)
        codes = codes if seed % 2 else codes[::-1]  # so that not every sentence names the fit
        first, *others = chosen.reasons
        reasons: list[StoredReason] = [{**first, "why": sentences(codes)}, *others]
        if insight and is_told:
            reasons.insert(0, {"code": "better_days", "why": sentences([insight.activity]), "insight": insight})
        return reasons
