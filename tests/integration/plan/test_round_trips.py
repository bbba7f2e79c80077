"""How often Postgres is asked."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from infra.bench.round_trips import Counter, counting
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, Clone, Issuer
from tests.integration.plan.plans import SAD_TO_PEACEFUL, changed, felt, of, planned, told

OUTSIDE_THE_HANDLER = 2  # an event is claimed, and what came of it committed


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


async def test_a_plan_is_made_in_two_round_trips(me: Client, counter: Counter) -> None:
    """One up to what there is to choose from, and one for all that is written, however much that is."""
    first = await planned(me)
    await changed(me, first["plan_id"], status="ended")
    await _warmed_up(me)

    before = counter.count
    await planned(me, duration=30, per_day=5)

    assert counter.count - before == 2


async def test_a_plan_from_the_latest_check_in_takes_three(
    me: Client, client_for: ClientFactory, counter: Counter
) -> None:
    """The mood must be known before it is known what to choose from."""
    await felt(client_for, me, "sad")
    await _warmed_up(me)

    before = counter.count
    made = await me.post("/", json={"target": "peaceful"})

    assert made.status_code == 201
    assert counter.count - before == 3


async def test_a_mood_of_somebody_without_a_plan_costs_one_look(
    me: Client, client_for: ClientFactory, database: Clone, counter: Counter
) -> None:
    """Nothing is written about it but that the event was dealt with."""
    ended = await planned(me)
    await changed(me, ended["plan_id"], status="ended")
    event = await felt(client_for, me, "angry")
    before, written = counter.count, _rows_of(database, me)

    await told(event)

    assert counter.count - before == OUTSIDE_THE_HANDLER + 1
    assert _rows_of(database, me) == written


async def test_a_move_of_somebody_without_a_plan_costs_one_look(me: Client, database: Clone, counter: Counter) -> None:
    """As does every other event of theirs."""
    await _warmed_up(me)
    before, written = counter.count, _rows_of(database, me)

    await told(of(me, "profile.changed", fields=["locale"]))

    assert counter.count - before == OUTSIDE_THE_HANDLER + 1
    assert _rows_of(database, me) == written


async def _warmed_up(me: Client) -> None:
    """A connection is open."""
    assert (await me.get("/")).status_code == 200
    assert (await me.post("/", json=SAD_TO_PEACEFUL | {"target": "sad"})).status_code == 422


def _rows_of(database: Clone, me: Client) -> list[object]:
    tables = ("elevation_plans", "plan_days", "plan_activities", "plan_changes", "notifications", "live_documents")
    return [
        database.rows(f"SELECT t::text FROM public.{table} AS t WHERE user_id = %s ORDER BY 1", me.person)  # noqa: S608
        for table in tables
    ]
