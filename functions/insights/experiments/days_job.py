"""The running experiments in the nightly job: it schedules today's reminder, and finds the verdict after the last day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from statistics import fmean
from uuid import UUID

from functions.insights.experiments import job_queries
from functions.insights.experiments.lifecycle import job_time
from functions.insights.experiments.queries import DaysByDate, ExperimentDayRow, ExperimentRow
from functions.insights.rules.experiment_draw import draw
from shared import notifications, people
from shared.clock import at_wall_time
from shared.db import Connection, Database
from shared.moods import MOODS
from shared.notifications import Reminder
from shared.people import Clock

BATCH = 100  # experiments in one transaction
KIND = "experiment"
VERDICT_AT = time(10)  # local

Outcomes = Mapping[date, float]  # the mean of the moods after the reminder


async def run(database: Database, now: datetime) -> None:
    """Prepare the day of every experiment whose day has begun, or end it."""
    while await database.retry(lambda: _run_batch(database, now)):
        pass


async def _run_batch(database: Database, now: datetime) -> int:
    async with database.service() as conn:
        experiments = await job_queries.lock_due_experiments(conn, now, BATCH)
        days = job_queries.queue_days(conn, experiments)
        moods = job_queries.queue_later_moods(conn, experiments)
        profiles = await people.load_profiles(conn, [each.user_id for each in experiments])
        days_by_experiment, outcomes = _by_date(days.rows), _outcomes(moods.rows)
        for experiment in experiments:
            clock, known_days = profiles[experiment.user_id].clock, days_by_experiment[experiment.id]
            today = clock.today(now)
            if today > experiment.last_day:
                _finish(conn, experiment, known_days, outcomes[experiment.id], clock, now)
            else:
                _remind(conn, experiment, known_days, today, clock, now)
                job_queries.set_due(conn, experiment, job_time(today + timedelta(days=1), clock))
    return len(experiments)


def _remind(
    conn: Connection, experiment: ExperimentRow, days: DaysByDate, today: date, clock: Clock, now: datetime
) -> None:
    """Schedule today's reminder, if today is drawn. It is not known before: people can read what is scheduled."""
    number, row = (today - experiment.first_day).days, days.get(today)
    is_drawn = number >= 0 and draw(experiment.seed, experiment.days)[number]
    is_to_come = at_wall_time(today, experiment.remind_at, clock.zone) > now
    if is_drawn and is_to_come and not (row and row.paused):
        reminder = Reminder(KIND, today, "do_it", experiment.remind_at, experiment.id)
        notifications.schedule(conn, experiment.user_id, [reminder], clock.zone)


def _finish(
    conn: Connection, experiment: ExperimentRow, days: DaysByDate, outcomes: Outcomes, clock: Clock, now: datetime
) -> None:
    job_queries.finish(conn, experiment, _verdict(experiment, days, outcomes), now)
    notice = Reminder(KIND, clock.today(now), "verdict", VERDICT_AT, experiment.id)
    notifications.schedule(conn, experiment.user_id, [notice], clock.zone)


def _verdict(experiment: ExperimentRow, days: DaysByDate, outcomes: Outcomes) -> dict[str, object]:
    """Compares the days by their draw, whatever was done (intention to treat). Paused days do not count."""
    values: list[float | None] = []
    drawn: list[bool] = []
    kept: list[bool | None] = []
    for number, do_it in enumerate(draw(experiment.seed, experiment.days)):
        day = experiment.first_day + timedelta(days=number)
        row = days.get(day)
        values.append(None if row and row.paused else outcomes.get(day))
        drawn.append(do_it)
        kept.append(row.kept if row else None)
    return dict(values=values, drawn=drawn, kept=kept)


def _by_date(rows: Sequence[ExperimentDayRow]) -> Mapping[UUID, DaysByDate]:
    days: dict[UUID, dict[date, ExperimentDayRow]] = defaultdict(dict)
    for row in rows:
        days[row.experiment_id][row.day] = row
    return days


def _outcomes(rows: Sequence[job_queries.LaterMoodRow]) -> Mapping[UUID, Outcomes]:
    values: dict[UUID, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        values[row.experiment_id][row.local_date].append(MOODS[row.mood].valence * row.intensity)
    return defaultdict(
        dict, {id_: {day: fmean(each) for day, each in by_day.items()} for id_, by_day in values.items()}
    )
