"""How a plan goes: the way planned and the way walked, what was done, and whether it goes with feeling better."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from functions.plan import adaptation, queries
from functions.plan.models import (
    AdherenceShown,
    ChangeShown,
    DayChanged,
    EffectShown,
    PictureQuery,
    Progress,
    PromptsShown,
    ReviewShown,
    WalkedShown,
)
from functions.plan.progress_chart import draw
from functions.plan.records import Activity, Change, Course, Felt, by_day, standing
from functions.plan.rules import effect, reminder_trial, review
from shared.clock import zone
from shared.errors import NotFound
from shared.http import Call
from shared.moods import MOODS, Point
from shared.ranking.lessons import Completion, MoodPoint, mood_value
from shared.ranking.population import Population

BEFORE = timedelta(days=180)  # of moods that tell what was to be expected
EVERYONE = Population()


class Story(NamedTuple):
    """All that is known of how a plan went."""

    course: Course
    moods: list[Felt]
    changes: list[Change]


async def told(call: Call) -> Progress:
    story = await _story(call)
    course = story.course
    adherence = review.adherence(activity.status for activity in standing(course.activities))
    walked = _walked(story)
    found = _effect(story)
    answer = Progress.model_construct(
        plan_id=course.plan.id,
        status=course.plan.status,
        adherence=AdherenceShown(**adherence._asdict()),
        arc=[
            WalkedShown(day=day.number, date=day.date, planned=day.planned, aimed=day.aimed, walked=day.walked)
            for day in walked
        ],
        changes=[
            ChangeShown(
                reason=change.reason,
                told=change.told,
                date=change.from_date,
                changed_at=change.changed_at,
                days=[DayChanged.model_validate(day) for day in change.days],
            )
            for change in story.changes
        ],
        effect=EffectShown(**found._asdict()),
    )
    if course.plan.without_prompts:
        answer.prompts = _prompts(course, call.now)
    if course.plan.status == "ended":
        summary = review.review(adherence, found, walked)
        answer.review = ReviewShown(**summary._asdict())
    return answer


async def drawn(call: Call[None, PictureQuery]) -> str:
    return draw(_walked(await _story(call)), call.query.theme)


async def _story(call: Call[Any, Any]) -> Story:
    course = await adaptation.current(call.conn, call.person.id, call.id, call.now)
    if course is None:
        raise NotFound
    changes = queries.queue_changes(call.conn, course.plan.id)
    moods = await queries.moods(call.conn, _begins(course) - BEFORE, course.plan.ended_at or call.now)
    return Story(course, moods, changes.rows)


def _begins(course: Course) -> datetime:
    return course.clock.day_start(course.plan.start_date)


def _walked(story: Story) -> Sequence[review.Walked]:
    plan = story.course.plan
    felt: dict[date, list[Point]] = defaultdict(list)
    for mood in story.moods:
        felt[mood.local_date].append(MOODS[mood.mood].point)
    for activity in story.course.activities:
        if activity.mood_after and activity.finished_at:
            felt[story.course.clock.today(activity.finished_at)].append(MOODS[activity.mood_after].point)
    start, target = MOODS[plan.current_mood].point, MOODS[plan.target_mood].point
    return review.walked(adaptation.days_of(story.course), felt, start, target)


def _effect(story: Story) -> effect.Effect:
    begins = _begins(story.course)
    before = [_entry(mood) for mood in story.moods if mood.occurred_at < begins]
    during = [_entry(mood) for mood in story.moods if mood.occurred_at >= begins]
    return effect.effect(before, during, list(_completed(story.course.activities)), EVERYONE)


def _entry(felt: Felt) -> MoodPoint:
    there = felt.occurred_at.astimezone(zone(felt.timezone))
    value = mood_value(felt.mood, felt.intensity)
    return MoodPoint(_hours(felt.occurred_at), value, there.hour, there.weekday(), MOODS[felt.mood].quadrant)


def _completed(activities: Iterable[Activity]) -> Iterable[Completion]:
    for activity in activities:
        if activity.status == "done" and activity.finished_at:
            yield Completion(_hours(activity.finished_at), str(activity.content_id), activity.kind)


def _hours(moment: datetime) -> float:
    return moment.timestamp() / 3600


def _prompts(course: Course, now: datetime) -> PromptsShown | None:
    """Of days that are over."""
    today = course.clock.today(now)
    days = [
        reminder_trial.DayTold(day.prompted, sum(a.status == "done" for a in activities) / len(activities))
        for day, activities in by_day(course)
        if day.local_date < today and activities
    ]
    found = reminder_trial.prompt_effect(days)
    return found and PromptsShown(**{name: round(figure, 3) for name, figure in found._asdict().items()})
