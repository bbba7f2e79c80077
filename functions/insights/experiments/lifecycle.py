"""Experiments of one's own: started, read, answered and stopped by the person. The job ends them with a verdict."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from secrets import token_hex
from typing import Any, NamedTuple
from uuid import UUID

from functions.insights.discoveries.texts import INSIGHT_TEXTS
from functions.insights.errors import (
    ExperimentOver,
    ExperimentRefused,
    ExperimentRunning,
    NothingDrawnToday,
    QuietPeriod,
    UnknownFactor,
)
from functions.insights.experiments import queries
from functions.insights.experiments.models import (
    Experiment,
    ExperimentChange,
    ExperimentDay,
    ExperimentDraft,
    ExperimentPage,
    ExperimentPreview,
    ExperimentQuery,
    ExperimentVerdict,
)
from functions.insights.experiments.queries import DaysByDate, ExperimentRow
from functions.insights.experiments.texts import VERDICT_TEXTS
from functions.insights.harm import could_harm
from functions.insights.queries import queue_factor_days, queue_factor_settings
from functions.insights.rules.experiment_draw import commitment, draw
from functions.insights.rules.experiment_power import power
from functions.insights.rules.factor_names import FactorNames, FactorSpellings
from shared import locks, people
from shared.clock import at_wall_time
from shared.errors import NotFound
from shared.http import Call
from shared.http.paging import NEWEST_FIRST, PageQuery
from shared.ids import new_id
from shared.people import Clock, LocalProfile
from shared.safety import care

NIGHT = time(3)  # the job prepares a day, and finds a verdict, from then on


class ShownTo(NamedTuple):
    """For whom experiments are shown."""

    profile: LocalProfile
    spellings: FactorSpellings
    in_care: bool


async def preview(call: Call[ExperimentDraft, ExperimentQuery]) -> ExperimentPreview:
    """What `create` would start. Raises the same errors."""
    profile = await _load_profile(call)
    return _preview(await _planned(call, profile.clock), await _load_spellings(call))


async def create(call: Call[ExperimentDraft, ExperimentQuery]) -> Experiment:
    """Start an experiment tomorrow.

    Raises `ExperimentRefused`, `UnknownFactor`, `QuietPeriod` or `ExperimentRunning`.
    """
    locks.lock(call.conn, "experiment", call.person.id)
    profile = await _load_profile(call)
    experiment = await _planned(call, profile.clock)
    queries.insert_experiment(call.conn, experiment)
    shown_to = ShownTo(profile, await _load_spellings(call), in_care=False)
    return _experiment(experiment, {}, shown_to, call.now)


async def load_page(call: Call[None, PageQuery]) -> ExperimentPage:
    async def experiments(before: tuple[datetime, UUID], limit: int) -> list[Experiment]:
        return await _shown(call, await queries.experiment_page(call.conn, before, limit))

    items, cursor = await NEWEST_FIRST.page(
        call.query,
        ("experiments", str(call.person.id)),
        experiments,
        lambda each: (each.created_at, each.experiment_id),
    )
    return ExperimentPage(items=items, next_cursor=cursor)


async def load(call: Call[Any, Any]) -> Experiment:
    """Raises `NotFound`."""
    experiment = await queries.load_experiment(call.conn, call.id)
    if experiment is None:
        raise NotFound
    [shown] = await _shown(call, [experiment])
    if experiment.status == "running":
        return shown
    days = await queries.load_days(call.conn, [experiment.id])
    return shown.model_copy(update={"drawn_days": _drawn_days(experiment, days[experiment.id])})


async def change(call: Call[ExperimentChange]) -> Experiment:
    """Answer for today, or stop. Raises `NotFound`, `ExperimentOver` or `NothingDrawnToday`."""
    experiment = await queries.load_experiment_locked(call.conn, call.id)
    if experiment is None:
        raise NotFound
    if experiment.status != "running" and not (experiment.status == "stopped" == call.body.status):
        raise ExperimentOver
    if call.body.kept is not None:
        [shown] = await _shown(call, [experiment])
        if shown.today is None:
            raise NothingDrawnToday
        queries.store_kept(call.conn, call.id, shown.today.date, kept=call.body.kept)
    if call.body.status and experiment.status == "running":
        queries.stop(call.conn, call.id, call.now)
    return await load(call)


def job_time(day: date, clock: Clock) -> datetime:
    """When the job prepares this day of an experiment: at 03:00, but not before the day begins."""
    return at_wall_time(day, max(NIGHT, clock.day_starts_at), clock.zone)


async def _planned(call: Call[ExperimentDraft, Any], clock: Clock) -> ExperimentRow:
    draft, first_day = call.body, clock.today(call.now) + timedelta(days=1)
    if await care.is_open(call.conn, call.now):
        raise QuietPeriod
    if await queries.has_running(call.conn):
        raise ExperimentRunning
    return ExperimentRow(
        user_id=call.person.id,
        id=new_id(),
        factor=await _known_factor(call, draft.factor) if draft.factor else None,
        kind=draft.kind,
        days=draft.days,
        first_day=first_day,
        remind_at=time.fromisoformat(draft.remind_at),
        seed=token_hex(32),
        power=power(draft.days),
        status="running",
        due_at=job_time(first_day, clock),
        verdict=None,
        created_at=call.now,
        ended_at=None,
    )


async def _known_factor(call: Call[Any, Any], label: str) -> str:
    """The factor that a label means. Raises `ExperimentRefused` or `UnknownFactor`."""
    if could_harm(label):
        raise ExperimentRefused
    settings, years = queue_factor_settings(call.conn), queue_factor_days(call.conn)
    await call.conn.flush()
    names = FactorNames(settings.rows)
    factor = names.name_of(label)
    if factor not in {names.name_of(used) for (days,) in years.rows for used in days}:
        raise UnknownFactor
    if could_harm(factor):  # the label may be an alias
        raise ExperimentRefused
    return factor


async def _load_profile(call: Call[Any, Any]) -> LocalProfile:
    return (await people.load_profiles(call.conn, [call.person.id]))[call.person.id]


async def _load_spellings(call: Call[Any, Any]) -> FactorSpellings:
    years = queue_factor_days(call.conn)
    await call.conn.flush()
    return FactorSpellings(days for (days,) in years.rows)


async def _shown(call: Call[Any, Any], experiments: Sequence[ExperimentRow]) -> list[Experiment]:
    profile, spellings = await _load_profile(call), await _load_spellings(call)
    shown_to = ShownTo(profile, spellings, in_care=await care.is_open(call.conn, call.now))
    days = await queries.load_days(call.conn, [experiment.id for experiment in experiments])
    return [_experiment(each, days.get(each.id, {}), shown_to, call.now) for each in experiments]


def _preview(experiment: ExperimentRow, spellings: FactorSpellings) -> ExperimentPreview:
    return ExperimentPreview(
        factor=experiment.factor and spellings.of(experiment.factor),
        kind=experiment.kind,
        days=experiment.days,
        first_day=experiment.first_day,
        last_day=experiment.last_day,
        remind_at=f"{experiment.remind_at:%H:%M}",
        power=experiment.power,
    )


def _experiment(experiment: ExperimentRow, days: DaysByDate, shown_to: ShownTo, now: datetime) -> Experiment:
    is_over = experiment.status != "running"
    return Experiment(
        **_preview(experiment, shown_to.spellings).model_dump(),
        experiment_id=experiment.id,
        status="paused" if shown_to.in_care and not is_over else experiment.status,
        today=None if is_over or shown_to.in_care else _today(experiment, days, shown_to.profile.clock.today(now)),
        seed_hash=commitment(experiment.seed),
        seed=experiment.seed if is_over else None,
        drawn_days=None,
        verdict=_verdict(experiment.verdict, shown_to.profile.locale),
        created_at=experiment.created_at,
        ended_at=experiment.ended_at,
    )


def _today(experiment: ExperimentRow, days: DaysByDate, today: date) -> ExperimentDay | None:
    """None on a day that is not one of the experiment, or is paused."""
    return next((day for day in _drawn_days(experiment, days) if day.date == today and not day.paused), None)


def _drawn_days(experiment: ExperimentRow, days: DaysByDate) -> list[ExperimentDay]:
    drawn = []
    for number, do_it in enumerate(draw(experiment.seed, experiment.days)):
        day = experiment.first_day + timedelta(days=number)
        row = days.get(day)
        drawn.append(
            ExperimentDay(date=day, do_it=do_it, kept=row.kept if row else None, paused=bool(row and row.paused))
        )
    return drawn


def _verdict(document: dict[str, Any] | None, locale: str) -> ExperimentVerdict | None:
    if document is None:
        return None
    language, texts = INSIGHT_TEXTS.texts(locale), VERDICT_TEXTS.texts(locale)
    figures = {
        name: None if document[name] is None else language.number(document[name]) for name in ("effect", "low", "high")
    }
    return ExperimentVerdict(**document, text=getattr(texts, document["verdict"]).format(**figures))
