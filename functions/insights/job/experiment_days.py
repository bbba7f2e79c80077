"""Running experiments in the nightly job: it schedules today's reminder, and finds the verdict after the last day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from statistics import fmean
from typing import NamedTuple
from uuid import UUID

import numpy as np

from functions.insights.experiments import job_queries
from functions.insights.experiments.lifecycle import job_time
from functions.insights.experiments.queries import DaysByDate, ExperimentDayRow, ExperimentRow
from functions.insights.job.rules.experiment import analyse
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


class DueExperiment(NamedTuple):
    experiment: ExperimentRow
    days: DaysByDate
    outcomes: Outcomes
    clock: Clock


async def run(database: Database, now: datetime) -> None:
    """Prepare the day of every experiment whose day has begun, or end it."""
    while await database.retry(lambda: _run_batch(database, now)):
        pass


async def _run_batch(database: Database, now: datetime) -> int:
    async with database.service() as conn:
        experiments = await _lock_due(conn, now)
        for due in experiments:
            today = due.clock.today(now)
            if today > due.experiment.last_day:
                _finish(conn, due, now)
            else:
                _remind(conn, due, now)
                job_queries.set_due(conn, due.experiment, job_time(today + timedelta(days=1), due.clock))
    return len(experiments)


async def _lock_due(conn: Connection, now: datetime) -> list[DueExperiment]:
    experiments = await job_queries.lock_due_experiments(conn, now, BATCH)
    days = job_queries.queue_days(conn, experiments)
    moods = job_queries.queue_later_moods(conn, experiments)
    profiles = await people.load_profiles(conn, [each.user_id for each in experiments])
    days_of, outcomes_of = _by_date(days.rows), _outcomes(moods.rows)
    return [
        DueExperiment(each, days_of.get(each.id, {}), outcomes_of.get(each.id, {}), profiles[each.user_id].clock)
        for each in experiments
    ]


def _remind(conn: Connection, due: DueExperiment, now: datetime) -> None:
    """Schedule today's reminder, if today is drawn. It is not known before: people can read what is scheduled."""
    experiment, zone, today = due.experiment, due.clock.zone, due.clock.today(now)
    number, row = (today - experiment.first_day).days, due.days.get(today)
    is_drawn = number >= 0 and draw(experiment.seed, experiment.days)[number]
    is_to_come = at_wall_time(today, experiment.remind_at, zone) > now
    if is_drawn and is_to_come and not (row and row.paused):
        reminder = Reminder(KIND, today, "do_it", experiment.remind_at, experiment.id)
        notifications.schedule(conn, experiment.user_id, [reminder], zone)


def _finish(conn: Connection, due: DueExperiment, now: datetime) -> None:
    job_queries.finish(conn, due.experiment, _verdict(due), now)
    notice = Reminder(KIND, due.clock.today(now), "verdict", VERDICT_AT, due.experiment.id)
    notifications.schedule(conn, due.experiment.user_id, [notice], due.clock.zone)


def _verdict(due: DueExperiment) -> dict[str, object]:
    """Compares the days by their draw, whatever was done (intention to treat). Paused days do not count."""
    experiment = due.experiment
    drawn = draw(experiment.seed, experiment.days)
    moods, done = np.full(experiment.days, np.nan), np.full(experiment.days, np.nan)
    for number, do_it in enumerate(drawn):
        day = experiment.first_day + timedelta(days=number)
        row = due.days.get(day)
        if day in due.outcomes and not (row and row.paused):
            moods[number] = due.outcomes[day]
        if row and row.kept is not None and not row.paused:
            done[number] = row.kept == do_it
    return analyse(drawn, moods, done)._asdict()


def _by_date(rows: Sequence[ExperimentDayRow]) -> Mapping[UUID, DaysByDate]:
    days: dict[UUID, dict[date, ExperimentDayRow]] = defaultdict(dict)
    for row in rows:
        days[row.experiment_id][row.day] = row
    return days


def _outcomes(rows: Sequence[job_queries.LaterMoodRow]) -> Mapping[UUID, Outcomes]:
    values: dict[UUID, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        values[row.experiment_id][row.local_date].append(MOODS[row.mood].valence * row.intensity)
    return {id_: {day: fmean(each) for day, each in by_day.items()} for id_, by_day in values.items()}
