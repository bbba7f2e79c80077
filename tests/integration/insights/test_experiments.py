"""Experiments of one's own, from the start to the verdict."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.insights.rules.experiment_draw import draw
from functions.insights.rules.experiment_power import power
from infra.local.postgres import Server
from shared.clock import utc_now
from shared.events import Event
from tests.conftest import Client, ClientFactory, ClockMover, Clone, cloned
from tests.integration.insights.diary import Diary, ago, today
from tests.integration.insights.nights import open_care, run_job

WALK = {"factor": "walk", "days": 28}
SEED = "SELECT seed FROM public.experiments WHERE id = %s"
REMINDERS = """
    SELECT local_date, to_char(local_time, 'HH24:MI'), slot FROM public.notifications
    WHERE user_id = %s AND kind = 'experiment' ORDER BY local_date
"""
DAY = timedelta(days=1)


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    """One database for each test: the job concerns all people."""
    with cloned(server) as clone:
        yield clone


@pytest.fixture
async def walker(diary: Diary) -> Diary:
    """A person who walks at times."""
    diary.write([(ago(number), "happy", 5, ["Walk", "Wine", "Poor sleep"]) for number in range(1, 5)])
    await diary.count()
    return diary


async def start(diary: Diary, **draft: object) -> dict[str, Any]:
    response = await diary.insights.post("/experiments", json=WALK | draft)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def read(client: Client, experiment: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.get(f"/experiments/{experiment['experiment_id']}")).json()
    return answer


async def test_the_power_is_told_before_the_start(walker: Diary) -> None:
    """A dry run starts nothing."""
    for days in (14, 28, 56):
        response = await walker.insights.post("/experiments", params={"dry_run": "true"}, json=WALK | {"days": days})

        assert (response.status_code, response.json()["power"]) == (200, power(days))
    assert (await walker.get("/experiments"))["items"] == []


async def test_an_experiment_starts_tomorrow_and_hides_its_draw(walker: Diary, database: Clone) -> None:
    """The hash of the seed is shown, so that the draw cannot be changed."""
    experiment = await start(walker)

    assert experiment["first_day"] == (today() + DAY).isoformat()
    assert (experiment["factor"], experiment["status"], experiment["today"]) == ("Walk", "running", None)
    assert (experiment["seed"], experiment["drawn_days"], experiment["verdict"]) == (None, None, None)
    seed = database.value(SEED, UUID(experiment["experiment_id"]))
    assert experiment["seed_hash"] == sha256(seed.encode()).hexdigest()
    assert (await walker.get("/experiments"))["items"] == [await read(walker.insights, experiment)]


async def test_there_is_one_experiment_at_a_time(walker: Diary) -> None:
    """Two at once could not be told apart."""
    experiment = await start(walker)

    second = await walker.insights.post("/experiments", json={"kind": "music", "days": 14})
    await walker.insights.patch(f"/experiments/{experiment['experiment_id']}", json={"status": "stopped"})
    third = await walker.insights.post("/experiments", json={"kind": "music", "days": 14})

    assert (second.status_code, second.json()["code"]) == (409, "experiment_running")
    assert third.status_code == 201


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ({"factor": "Wine"}, "experiment_refused"),
        ({"factor": "poor sleep"}, "experiment_refused"),
        ({"factor": "insulin"}, "experiment_refused"),
        ({"factor": "Heilfasten"}, "experiment_refused"),
        ({"factor": "swimming"}, "unknown_factor"),
        ({"days": 13}, "invalid"),
        ({"days": 57}, "invalid"),
        ({"kind": "music"}, "invalid"),  # beside the factor
        ({"remind_at": "03:00"}, "invalid"),
    ],
)
async def test_what_could_harm_or_never_was_is_refused(walker: Diary, draft: dict[str, Any], code: str) -> None:
    """Medicine, fasting, loss of sleep, alcohol: in any language of the list, also as a dry run."""
    for query in ({}, {"dry_run": "true"}):
        response = await walker.insights.post("/experiments", params=query, json=WALK | draft)

        assert (response.status_code, response.json()["code"]) == (422, code)


async def test_stopped_early_there_is_no_verdict(walker: Diary, database: Clone) -> None:
    """The seed and all draws are shown. Stopping twice is the same as once, and no answer is taken any more."""
    experiment = await start(walker)
    path = f"/experiments/{experiment['experiment_id']}"

    stopped = [(await walker.insights.patch(path, json={"status": "stopped"})).json() for _ in range(2)]
    late = await walker.insights.patch(path, json={"kept": True})

    assert stopped[0] == stopped[1]
    assert (stopped[0]["status"], stopped[0]["verdict"]) == ("stopped", None)
    assert [day["do_it"] for day in stopped[0]["drawn_days"]] == list(draw(stopped[0]["seed"], 28))
    assert (late.status_code, late.json()["code"]) == (409, "experiment_over")


async def test_before_the_first_day_there_is_nothing_to_keep(walker: Diary) -> None:
    """Answers are for today's draw."""
    experiment = await start(walker)

    response = await walker.insights.patch(f"/experiments/{experiment['experiment_id']}", json={"kept": True})

    assert (response.status_code, response.json()["code"]) == (409, "nothing_drawn_today")


async def test_no_experiment_starts_in_a_quiet_period(walker: Diary, database: Clone) -> None:
    """While care is on, nothing new begins."""
    open_care(database, walker.person)

    response = await walker.insights.post("/experiments", json=WALK)

    assert (response.status_code, response.json()["code"]) == (409, "quiet_period")


async def test_care_pauses_an_experiment(
    walker: Diary, database: Clone, client_for: ClientFactory, move_clock: ClockMover
) -> None:
    """Its days do not count and have no reminder. When the person ends care, the days after today count again."""
    experiment = await start(walker)
    await go_to(database, experiment, today() + DAY, move_clock)
    open_care(database, walker.person)
    await walker.handle(Event(type="care.opened", user_id=walker.person, occurred_at=utc_now()))
    await run_job(utc_now())
    me = client_for("insights", walker.person)

    paused = await read(me, experiment)
    with database.admin() as conn:
        conn.execute("UPDATE public.care_periods SET ends_at = %s", (utc_now(),))
    await walker.handle(Event(type="care.closed", user_id=walker.person, occurred_at=utc_now()))
    resumed = await read(me, experiment)

    assert (paused["status"], paused["today"]) == ("paused", None)
    assert (resumed["status"], resumed["today"]) == ("running", None)
    days = database.rows("SELECT day, paused FROM public.experiment_days ORDER BY day")
    assert days[0] == (today(), True)
    assert [is_paused for _, is_paused in days[1:]] == [False] * 3


@pytest.mark.parametrize(
    ("lift", "keeps", "verdict"),
    [(3, True, "helped"), (0, True, "not_shown"), (3, False, "not_told")],
)
async def test_an_experiment_of_28_days_comes_to_its_verdict(  # noqa: PLR0913, PLR0917 - fixtures and a case
    walker: Diary,
    database: Clone,
    client_for: ClientFactory,
    move_clock: ClockMover,
    lift: int,
    keeps: bool,  # noqa: FBT001
    verdict: str,
) -> None:
    """Each day shows its own draw, has a reminder if it is a yes, and takes one answer; then the job decides."""
    experiment = await start(walker)
    first, seed = date.fromisoformat(experiment["first_day"]), database.value(SEED, UUID(experiment["experiment_id"]))
    drawn = draw(seed, 28)
    for number, do_it in enumerate(drawn):
        day = first + number * DAY
        await go_to(database, experiment, day, move_clock)
        await run_job(utc_now())
        me = client_for("insights", walker.person)
        shown = await read(me, experiment)
        assert shown["today"] == {"date": day.isoformat(), "do_it": do_it, "kept": None, "paused": False}
        assert [row[0] for row in database.rows(REMINDERS, walker.person)] == [
            first + other * DAY for other in range(number + 1) if drawn[other]
        ]
        path = f"/experiments/{experiment['experiment_id']}"
        answered = (await me.patch(path, json={"kept": keeps or not do_it})).json()
        assert answered["today"]["kept"] == (keeps or not do_it)
        same_draws = drawn[:number].count(do_it)  # both halves get the same moods, whatever is drawn
        write_mood(database, walker.person, day, 4 + same_draws % 3 + (lift if do_it else 0))
    await go_to(database, experiment, first + 28 * DAY, move_clock)

    for _ in range(2):
        await run_job(utc_now())

    over = await read(client_for("insights", walker.person), experiment)
    assert (over["status"], over["seed"], over["today"]) == ("finished", seed, None)
    assert (over["verdict"]["verdict"], over["verdict"]["yes_days"]) == (verdict, sum(drawn))
    assert over["verdict"]["text"]
    assert [row[2] for row in database.rows(REMINDERS, walker.person)].count("verdict") == 1


async def go_to(database: Clone, experiment: dict[str, Any], day: date, move_clock: ClockMover) -> None:
    """Move the clock to 04:00 of a day in UTC."""
    moment = datetime.fromisoformat(f"{day}T04:00:00Z")
    move_clock(moment - utc_now())


def write_mood(database: Clone, person: UUID, day: date, intensity: int) -> None:
    """One entry in the evening, and one before the reminder that says nothing."""
    with database.admin() as conn:
        for hour, value in ((7, 1), (20, intensity)):
            conn.execute(
                "INSERT INTO public.mood_entries"
                " (user_id, id, mood, intensity, occurred_at, timezone, local_date, edited_at)"
                " VALUES (%s, %s, 'happy', %s, %s, 'UTC', %s, '1900-01-01Z')",
                (person, uuid4(), value, datetime.fromisoformat(f"{day}T{hour:02}:00:00Z"), day),
            )
