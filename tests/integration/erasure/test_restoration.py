"""A restored backup brings erased people back: `mend erase apply` erases them again."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr

from functions.account.main import erasure_consumer
from functions.checkin.main import event_consumer
from infra import erase_list
from infra.local.postgres import programs
from shared.clock import utc_now
from shared.events import tick
from shared.events.types import mood_recorded
from shared.files.categories import CATEGORIES
from shared.services import Services, use
from tests.conftest import ADMIN, ClientFactory, Clone
from tests.event_delivery import deliver
from tests.integration.erasure.people import ask, files_of, handle_erasures, plant, rows_that_name

REASON = "SELECT reason, erased_at IS NOT NULL FROM mend.erasures WHERE digest = mend.person_digest(%s)"


@pytest.fixture
def other_database(database: Clone) -> Iterator[Clone]:
    """An empty database on the same server."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(database.server.dsn("postgres", ADMIN), autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" OWNER postgres'.encode())
        yield Clone(database.server, name)
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
async def restored(services: Services, other_database: Clone) -> AsyncIterator[Services]:
    """The services of the same installation, with the restored database."""
    dsn = SecretStr(other_database.dsn())
    parts = Services(services.settings.model_copy(update={"database_url": dsn}))
    yield parts
    await parts.database.close()


def dump(database: Clone, file: Path) -> None:
    subprocess.check_call([programs() / "pg_dump", "--format=custom", f"--file={file}", database.dsn(ADMIN)])


def restore(file: Path, database: Clone) -> None:
    subprocess.check_call([programs() / "pg_restore", "--exit-on-error", f"--dbname={database.dsn(ADMIN)}", file])


async def test_the_erased_are_erased_again_after_a_restoration(  # noqa: PLR0913, PLR0917 - one installation
    client_for: ClientFactory,
    database: Clone,
    services: Services,
    other_database: Clone,
    restored: Services,
    tmp_path: Path,
) -> None:
    """Everything of theirs, and of nobody else. A repetition does nothing."""
    alice, bob = [await plant(client_for, database, services) for _ in range(2)]
    others = rows_that_name(database, bob.person)
    dump(database, tmp_path / "backup")
    receipt_id = (await ask(alice)).json()["receipt"]["id"]
    await handle_erasures(database)
    restore(tmp_path / "backup", other_database)
    before = rows_that_name(other_database, alice.person)
    use(restored)

    erased = [await erase_list.apply(restored) for _ in range(2)]

    assert "public.mood_entries" in before
    assert erased == [1, 0]
    assert rows_that_name(other_database, alice.person).keys() == {"mend.erasures"}
    assert other_database.rows(REASON, alice.person) == [("restored", True)]
    assert rows_that_name(other_database, bob.person) == others
    assert await files_of(services, bob.person) == len(CATEGORIES)
    receipt = (await alice.get(f"/receipts/{receipt_id}")).json()["receipt"]
    assert (receipt["reason"], receipt["state"]) == ("restored", "erased")
    assert (await alice.get("/profile")).status_code == 401


async def test_an_erasure_under_way_goes_on_after_a_restoration(  # noqa: PLR0913, PLR0917 - one installation
    client_for: ClientFactory,
    database: Clone,
    services: Services,
    other_database: Clone,
    restored: Services,
    tmp_path: Path,
) -> None:
    """The backup holds the tombstone, and the schedule does the rest."""
    alice = await plant(client_for, database, services)
    await ask(alice)
    dump(database, tmp_path / "backup")
    restore(tmp_path / "backup", other_database)
    use(restored)

    assert await deliver(erasure_consumer, tick("schedule.erasure", utc_now()))

    assert rows_that_name(other_database, alice.person).keys() == {"mend.erasures"}
    assert other_database.rows(REASON, alice.person) == [("requested", True)]


async def test_events_of_who_signed_up_after_the_backup_stay_without_effect(  # noqa: PLR0913, PLR0917 - the same
    client_for: ClientFactory,
    database: Clone,
    services: Services,
    other_database: Clone,
    restored: Services,
    tmp_path: Path,
) -> None:
    """Pub/Sub keeps events for days. The erase list brings the tombstone back as well."""
    dump(database, tmp_path / "backup")
    alice = await plant(client_for, database, services)
    await ask(alice)
    await handle_erasures(database)
    restore(tmp_path / "backup", other_database)
    use(restored)

    assert await erase_list.apply(restored) == 0

    assert await deliver(event_consumer, mood_recorded(alice.person, utc_now(), entry_ids=[uuid4()]))
    assert rows_that_name(other_database, alice.person) == {}
    assert (await alice.get("/profile")).status_code == 401
