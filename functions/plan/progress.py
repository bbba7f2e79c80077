"""Progress of a plan: its arc planned and actual, what was done, what changed, and the effect on moods."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from functions.plan import adaptation, queries
from functions.plan.models import (
    Adherence,
    ArcDay,
    Change,
    ChangedDay,
    ChartQuery,
    Effect,
    Progress,
    ReminderEffect,
    Review,
)
from functions.plan.progress_chart import draw_chart
from functions.plan.records import ActivityRow, ChangeRow, MoodRow, PlanRecord, activities_by_day, not_cancelled
from functions.plan.rules import effect, reminder_trial, review
from functions.plan.selection import knowledge_reader
from functions.plan.texts import PLAN_TEXTS, change_text, effect_text, review_body, review_title
from shared.clock import zone
from shared.http import Call
from shared.moods import MOODS, Point
from shared.ranking.lessons import Completion, MoodPoint, mood_value
from shared.ranking.population import Population

HISTORY = timedelta(days=180)  # of moods before the plan, from which expected moods are computed


class PlanHistory(NamedTuple):
    """A plan, with all that its progress is computed from."""

    record: PlanRecord
    moods: list[MoodRow]
    changes: list[ChangeRow]
    population: Population


async def load_progress(call: Call) -> Progress:
    history = await _load_history(call)
    return await asyncio.to_thread(_progress, history, call.now)  # thousands of moods take a tenth of a second


def _progress(history: PlanHistory, now: datetime) -> Progress:
    record = history.record
    adherence = review.count_adherence(activity.status for activity in not_cancelled(record.activities))
    distances, estimate = _day_distances(history), _estimate_effect(history)
    over = record.plan.status == "ended"
    progress = Progress.model_construct(
        plan_id=record.plan.id,
        status=record.plan.status,
        adherence=Adherence(**adherence._asdict()),
        arc=[_arc_day(day) for day in distances],
        changes=[_change(change, record.locale) for change in history.changes],
        effect=Effect(text=effect_text(estimate, record.locale, over=over), **estimate._asdict()),
    )
    if record.plan.reminder_trial:
        progress.reminder_effect = _reminder_effect(record, now)
    if over:
        summary = review.summarize(adherence, estimate, distances)
        progress.review = Review(
            title=review_title(summary, record.locale),
            body=review_body(adherence.done, estimate, record.locale),
            figures=summary.figures,
        )
    return progress


async def load_chart(call: Call[None, ChartQuery]) -> str:
    history = await _load_history(call)
    return draw_chart(_day_distances(history), call.query.theme, PLAN_TEXTS.texts(history.record.locale).chart)


async def _load_history(call: Call[Any, Any]) -> PlanHistory:
    record = await adaptation.load(call.conn, call.person.id, call.id, call.now)
    changes = queries.queue_changes(call.conn, record.plan.id)
    population = knowledge_reader.queue_population_query(call.conn)
    moods = await queries.moods(call.conn, _begins_at(record) - HISTORY, record.plan.ended_at or call.now)
    knowledge_reader.read_population(population)
    return PlanHistory(record, moods, changes.rows, knowledge_reader.population)


def _begins_at(record: PlanRecord) -> datetime:
    return record.clock.day_start(record.plan.start_date)


def _arc_day(day: review.DayDistances) -> ArcDay:
    return ArcDay(
        day=day.number,
        date=day.date,
        planned_distance=day.planned,
        adjusted_distance=day.adjusted,
        actual_distance=day.actual,
    )


def _change(row: ChangeRow, locale: str) -> Change:
    return Change(
        reason=row.reason,
        message=change_text(row.reason, row.details, locale),
        date=row.from_date,
        changed_at=row.changed_at,
        days=[ChangedDay.model_validate(day) for day in row.days],
    )


def _day_distances(history: PlanHistory) -> Sequence[review.DayDistances]:
    """By day, with the moods of check-ins and those after activities."""
    record = history.record
    points: dict[date, list[Point]] = defaultdict(list)
    for mood in history.moods:
        points[mood.local_date].append(MOODS[mood.mood].point)
    for activity in record.activities:
        if activity.mood_after and activity.finished_at:
            points[record.clock.today(activity.finished_at)].append(MOODS[activity.mood_after].point)
    start, target = MOODS[record.plan.current_mood].point, MOODS[record.plan.target_mood].point
    return review.day_distances(adaptation.planned_days(record), points, start, target)


def _estimate_effect(history: PlanHistory) -> effect.EffectEstimate:
    begins_at = _begins_at(history.record)
    before = [_mood_point(mood) for mood in history.moods if mood.occurred_at < begins_at]
    during = [_mood_point(mood) for mood in history.moods if mood.occurred_at >= begins_at]
    return effect.estimate_effect(before, during, list(_completions(history.record.activities)), history.population)


def _mood_point(mood: MoodRow) -> MoodPoint:
    local = mood.occurred_at.astimezone(zone(mood.timezone))
    value = mood_value(mood.mood, mood.intensity)
    return MoodPoint(_hours(mood.occurred_at), value, local.hour, local.weekday(), MOODS[mood.mood].quadrant)


def _completions(activities: Iterable[ActivityRow]) -> Iterable[Completion]:
    for activity in activities:
        if activity.status == "done" and activity.finished_at:
            yield Completion(_hours(activity.finished_at), str(activity.content_id), activity.kind)


def _hours(moment: datetime) -> float:
    return moment.timestamp() / 3600


def _reminder_effect(record: PlanRecord, now: datetime) -> ReminderEffect | None:
    """Counts days that are over."""
    today = record.clock.today(now)
    days = [
        reminder_trial.TrialDay(day.has_reminders, sum(a.status == "done" for a in activities) / len(activities))
        for day, activities in activities_by_day(record)
        if day.local_date < today and activities
    ]
    estimate = reminder_trial.estimate_reminder_effect(days)
    return estimate and ReminderEffect(**{name: round(figure, 3) for name, figure in estimate._asdict().items()})
