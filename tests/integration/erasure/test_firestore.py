"""An erasure where live documents are in Firestore."""

from datetime import timedelta
from typing import Any

import pytest

from functions.account.main import erasure_consumer
from shared.clock import utc_now
from shared.live import StoredDocument
from shared.services import Services, use
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.event_delivery import deliver
from tests.integration.conftest import close_with_firestore
from tests.integration.erasure.people import LATER, ask, erasure_events, handle_erasures, plant, run_schedule
from tests.servers import have_firestore

LIVE = "people/{person}/live"
pytestmark = [
    pytest.mark.firestore,
    pytest.mark.skipif(not have_firestore(), reason="`npm ci` in tests/tools installs it"),
]


async def receipt_of(client: Client, receipt_id: str) -> dict[str, Any]:
    receipt: dict[str, Any] = (await client.get(f"/receipts/{receipt_id}")).json()["receipt"]
    return receipt


async def test_documents_are_deleted_and_counted(
    emulator: str, firestore: Services, client_for: ClientFactory, database: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receipt tells how many there were. Those of others stay."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    alice, bob = [await plant(client_for, database, firestore) for _ in range(2)]

    receipt_id = (await ask(alice)).json()["receipt"]["id"]
    await handle_erasures(database)

    receipt = await receipt_of(alice, receipt_id)
    [documents] = [store for store in receipt["stores"] if store["name"] == LIVE]
    assert receipt["state"] == "erased"
    assert (documents["before"], documents["after"]) == (1, 0)
    assert [await firestore.live.count(person.person) for person in (alice, bob)] == [0, 1]


async def test_an_erasure_waits_for_firestore(  # noqa: PLR0913, PLR0917 - fixtures
    emulator: str,
    refusing: str,
    firestore: Services,
    client_for: ClientFactory,
    database: Clone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it is away, nothing is called erased. The next run of the schedule goes on where it was."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    alice = await plant(client_for, database, firestore)
    receipt_id = (await ask(alice)).json()["receipt"]["id"]
    [event] = erasure_events(database)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", refusing)
    away = Services(firestore.settings)
    use(away)

    assert not await deliver(erasure_consumer, event)

    assert (await receipt_of(alice, receipt_id))["state"] != "erased"
    use(firestore)
    await run_schedule("erasure")
    assert (await receipt_of(alice, receipt_id))["state"] == "erased"
    assert await firestore.live.count(alice.person) == 0
    await close_with_firestore(away)


async def test_a_document_that_comes_late_is_deleted_hours_later(  # noqa: PLR0913, PLR0917 - fixtures
    emulator: str,
    firestore: Services,
    client_for: ClientFactory,
    database: Clone,
    monkeypatch: pytest.MonkeyPatch,
    move_clock: ClockMover,
) -> None:
    """A function that was writing it when the erasure ran does not keep it there."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    alice = await plant(client_for, database, firestore)
    await ask(alice)
    await handle_erasures(database)
    await firestore.live.put([StoredDocument(alice.person, "streak", {"days": 1}, utc_now() + timedelta(days=9))])

    move_clock(LATER)
    await run_schedule("erasure")

    assert await firestore.live.count(alice.person) == 0
