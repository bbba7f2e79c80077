"""Round trips to Postgres."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from functions.plan import progress
from infra.bench.round_trips import Counter, counting
from shared.ranking.person_knowledge import KnowledgeReader
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, Clone, Issuer
from tests.integration.plan.plans import (
    SAD_TO_PEACEFUL,
    change_plan,
    check_in,
    create_plan,
    event_of,
    handle,
    progress_of,
)

OUTSIDE_THE_HANDLER = 2  # the claim of an event, and the commit


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        yield Path(folder)


@pytest.fixture
def counter(database: Clone, folder: Path) -> Iterator[Counter]:
    socket = next(Path(database.server.socket_folder).glob(".s.PGSQL.*[0-9]"))
    with counting(socket, folder) as counted:
        yield counted


@pytest.fixture
def settings(database: Clone, issuer: Issuer, counter: Counter, folder: Path) -> Settings:
    dsn = database.dsn().replace(quote(str(database.server.socket_folder)), quote(str(folder)))
    assert dsn != database.dsn()
    return Settings(database_url=SecretStr(dsn), mend_home=issuer.folder, rate_limit_per_minute=100_000, pool_size=1)


async def test_a_plan_is_created_in_two_round_trips(me: Client, counter: Counter) -> None:
    """One reads the candidates, and one writes everything, also for a long plan."""
    first = await create_plan(me)
    await change_plan(me, first["plan_id"], status="ended")
    await _warmed_up(me)

    before = counter.count
    await create_plan(me, duration=30, per_day=5)

    assert counter.count - before == 2


async def test_a_plan_from_the_latest_check_in_takes_three(
    me: Client, client_for: ClientFactory, counter: Counter
) -> None:
    """The mood has to be read before the candidates."""
    await check_in(client_for, me, "sad")
    await _warmed_up(me)

    before = counter.count
    created = await me.post("/", json={"target": "peaceful"})

    assert created.status_code == 201
    assert counter.count - before == 3


async def test_a_mood_without_an_active_plan_takes_one_round_trip(
    me: Client, client_for: ClientFactory, database: Clone, counter: Counter
) -> None:
    """Only the claim of the event is written."""
    ended = await create_plan(me)
    await change_plan(me, ended["plan_id"], status="ended")
    event = await check_in(client_for, me, "angry")
    before, written = counter.count, _rows_of(database, me)

    await handle(event)

    assert counter.count - before == OUTSIDE_THE_HANDLER + 1
    assert _rows_of(database, me) == written


async def test_a_profile_change_without_an_active_plan_takes_one_round_trip(
    me: Client, database: Clone, counter: Counter
) -> None:
    """Nothing is written."""
    await _warmed_up(me)
    before, written = counter.count, _rows_of(database, me)

    await handle(event_of(me, "profile.changed", fields=["locale"]))

    assert counter.count - before == OUTSIDE_THE_HANDLER + 1
    assert _rows_of(database, me) == written


async def test_progress_takes_three_round_trips(me: Client, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan; its changes, the moods and, unless cached, the population tables; the commit."""
    plan = await create_plan(me)
    await progress_of(me, plan["plan_id"])
    before = counter.count
    await progress_of(me, plan["plan_id"])
    with_cache = counter.count - before
    monkeypatch.setattr(progress, "knowledge_reader", KnowledgeReader())
    before = counter.count

    await progress_of(me, plan["plan_id"])

    assert (counter.count - before, with_cache) == (3, 3)


async def _warmed_up(me: Client) -> None:
    """Opens a connection."""
    assert (await me.get("/")).status_code == 200
    assert (await me.post("/", json=SAD_TO_PEACEFUL | {"target": "sad"})).status_code == 422


def _rows_of(database: Clone, me: Client) -> list[object]:
    tables = ("elevation_plans", "plan_days", "plan_activities", "plan_changes", "notifications", "live_documents")
    return [
        database.rows(f"SELECT t::text FROM public.{table} AS t WHERE user_id = %s ORDER BY 1", me.person)  # noqa: S608
        for table in tables
    ]
