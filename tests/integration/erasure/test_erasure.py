"""DELETE /account: everything of one person is gone, and nothing of anybody else."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from functions.account.erasure.receipts import vendors
from functions.account.erasure.steps import MODELS
from functions.account.main import erasure_consumer
from functions.checkin.main import event_consumer
from shared.clock import utc_now
from shared.db import person_role
from shared.events import emit
from shared.events.types import mood_recorded
from shared.files.categories import CATEGORIES
from shared.http.operations import PersonOperation
from shared.services import Services
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.event_delivery import deliver
from tests.hostile.routes import every_route
from tests.integration.erasure.people import (
    CONFIRM,
    LATER,
    OWNED,
    ask,
    erasure_events,
    files_of,
    handle_erasures,
    plant,
    rows_that_name,
    run_schedule,
    store_files,
)

ERASE = "account DELETE /"
CALLBACK = "account GET /connections/callback"  # refused for what it is sent, before anything is read
WAITING = """
    SELECT count(*), pg_sleep(0.01) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


def wait_until_blocked(database: Clone) -> None:
    """Return once a backend waits for the transaction of another one."""
    while not database.value(WAITING):
        pass


async def erased(client: Client, database: Clone) -> dict[str, Any]:
    """Erase a person, and return their receipt."""
    receipt_id = (await ask(client)).json()["receipt"]["id"]
    await handle_erasures(database)
    receipt: dict[str, Any] = (await client.get(f"/receipts/{receipt_id}")).json()["receipt"]
    return receipt


async def test_nothing_is_left_of_an_erased_person(
    client_for: ClientFactory,
    database: Clone,
    services: Services,
    move_clock: ClockMover,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not in any table, in the files or documents, nor in our own log. The other person keeps everything."""
    alice, bob = [await plant(client_for, database, services) for _ in range(2)]
    others = rows_that_name(database, bob.person)

    receipt = await erased(alice, database)
    move_clock(LATER)
    await run_schedule("erasure")

    assert rows_that_name(database, alice.person) == {}
    assert await files_of(services, alice.person) == 0
    assert await services.live.count(alice.person) == 0
    assert str(alice.person) not in "".join(capfd.readouterr())
    assert rows_that_name(database, bob.person) == others
    assert {*OWNED} <= others.keys()
    assert await files_of(services, bob.person) == len(CATEGORIES)
    assert receipt["state"] == "erased"


async def test_the_receipt_counts_before_and_after(
    client_for: ClientFactory, database: Clone, services: Services
) -> None:
    """Every table with owners and every bucket is in it, with what it held and that it holds nothing."""
    alice = await plant(client_for, database, services)

    stores = {store["name"]: store for store in (await erased(alice, database))["stores"]}

    assert stores.keys() == {*OWNED, "mend.dead_letters", *CATEGORIES}
    assert [name for name, store in stores.items() if not store["before"]] == []
    assert [name for name, store in stores.items() if store["after"]] == []


async def test_the_receipt_tells_what_became_of_the_data_at_each_vendor(
    client_for: ClientFactory, database: Clone, services: Services
) -> None:
    """A provider of models holds nothing of a person whose messages no model was ever sent."""
    talked, silent = await plant(client_for, database, services), client_for("account")

    states = [
        {vendor["name"]: vendor["state"] for vendor in (await erased(client, database))["vendors"]}
        for client in (talked, silent)
    ]

    assert [set(stored) for (stored,) in database.rows("SELECT vendors FROM mend.erasures")] == [set(vendors())] * 2
    assert [each[MODELS] for each in states] == ["kept", "done"]


async def test_the_receipt_names_nobody(client_for: ClientFactory, database: Clone, services: Services) -> None:
    """It has a digest, which only somebody who knows the id can compute."""
    alice = await plant(client_for, database, services)

    receipt = str(await erased(alice, database))

    assert str(alice.person) not in receipt
    assert alice.person.hex not in receipt
    assert "example.org" not in receipt


async def test_a_file_that_comes_late_is_deleted_hours_later(
    client_for: ClientFactory, database: Clone, services: Services, move_clock: ClockMover
) -> None:
    """An upload URL lives for two hours. Then everything is looked through again, and the id is forgotten."""
    alice = await plant(client_for, database, services)
    receipt = await erased(alice, database)
    store_files(services, alice.person)

    move_clock(LATER)
    await run_schedule("erasure")

    assert await files_of(services, alice.person) == 0
    assert (await alice.get(f"/receipts/{receipt['id']}")).json()["receipt"]["rechecked_at"]
    assert database.value("SELECT user_id FROM mend.erasures") is None


async def test_every_route_refuses_an_erased_person(
    client_for: ClientFactory, database: Clone, services: Services
) -> None:
    """From the response on, their token has no effect, although it is still valid."""
    alice = await plant(client_for, database, services)
    await ask(alice)

    answers = {}
    for route in every_route():
        if str(route) in {ERASE, CALLBACK}:
            continue
        if isinstance(route.operation, PersonOperation) and not route.operation.admin:
            url = f"{route.path(uuid4()).decode()}?{route.needed_query()}"
            headers = {"Content-Type": route.content_type} if route.media_type else {}
            client = client_for(route.function, alice.person)
            response = await client.request(route.method, url, content=route.content(), headers=headers)
            answers[str(route)] = response.status_code, response.text

    assert len(answers) > 50
    assert {route: answer for route, answer in answers.items() if answer[0] not in {401, 404}} == {}


async def test_events_in_flight_recreate_nothing(
    client_for: ClientFactory, database: Clone, services: Services
) -> None:
    """A thousand events of an erased person are acknowledged, and no row comes back."""
    alice = await plant(client_for, database, services)
    await erased(alice, database)

    for _ in range(1_000):
        assert await deliver(event_consumer, mood_recorded(alice.person, utc_now(), entry_ids=[uuid4()]))

    left = rows_that_name(database, alice.person)
    assert left.keys() == {"mend.erasures"}
    assert database.value("SELECT count(*) FROM mend.outbox WHERE user_id = %s", alice.person) == 0


async def test_erased_twice_gives_the_same_receipt(
    client_for: ClientFactory, database: Clone, services: Services
) -> None:
    """A response that was lost can be asked for again, as long as the token lives. A repeated event does nothing."""
    alice = await plant(client_for, database, services)
    first = (await ask(alice)).json()["receipt"]
    await handle_erasures(database)

    second = (await ask(alice)).json()["receipt"]

    assert (second["id"], second["state"]) == (first["id"], "erased")
    assert all([await deliver(erasure_consumer, event) for event in erasure_events(database)])
    assert (await alice.get(f"/receipts/{first['id']}")).json()["receipt"]["stores"] == second["stores"]


async def test_ten_requests_at_once_erase_once(client_for: ClientFactory, database: Clone) -> None:
    """All of them get the same receipt, or are told to wait."""
    alice = client_for("account")

    responses = await asyncio.gather(*(ask(alice) for _ in range(10)))

    assert {response.status_code for response in responses} == {202}
    assert len({response.json()["receipt"]["id"] for response in responses}) == 1
    assert database.value("SELECT count(*) FROM mend.erasures") == 1


async def test_a_stale_sign_in_erases_nothing(client_for: ClientFactory, database: Clone) -> None:
    """A stolen token is not enough."""
    hours_ago = int((utc_now() - timedelta(hours=2)).timestamp())
    client = client_for("account", amr=[{"method": "password", "timestamp": hours_ago}])

    response = await ask(client)

    assert (response.status_code, response.json()["code"]) == (401, "fresh_sign_in_needed")
    assert database.value("SELECT count(*) FROM mend.erasures") == 0


@pytest.mark.parametrize("body", [{}, {"confirm": "yes"}, {"confirm": True}, {**CONFIRM, "more": 1}], ids=str)
async def test_without_the_words_nothing_is_erased(client_for: ClientFactory, database: Clone, body: object) -> None:
    """Nobody erases everything by a mistaken request."""
    response = await client_for("account").request("DELETE", "/", json=body)

    assert response.status_code == 422
    assert database.value("SELECT count(*) FROM mend.erasures") == 0


async def test_an_import_under_way_leaves_nothing(
    client_for: ClientFactory, database: Clone, services: Services
) -> None:
    """Its transactions either come before the erasure, and their rows go, or they are refused."""
    alice = client_for("account")
    rows = "".join(f"2026-01-{day:02},{hour:02}:00,good,,,\n" for day in range(1, 29) for hour in range(24))
    diary = "full_date,time,mood,activities,note_title,note\n" + rows
    sent = client_for("checkin", alice.person).post("/import", content=diary, headers={"Content-Type": "text/csv"})

    imported, asked = await asyncio.gather(sent, ask(alice))
    await handle_erasures(database)

    assert asked.status_code == 202
    assert imported.status_code in {200, 401}
    assert rows_that_name(database, alice.person).keys() <= {"mend.erasures", "mend.rate_limits"}


async def test_a_transaction_under_way_leaves_nothing(
    client_for: ClientFactory, database: Clone, services: Services
) -> None:
    """It began before the tombstone and commits while the steps run: its rows go with the account."""
    alice = client_for("account")
    async with services.database.transaction(person_role(alice.person)) as conn:
        await conn.run("INSERT INTO public.user_profiles (user_id) VALUES (mend.uid())")
        emit(conn, [mood_recorded(alice.person, utc_now(), entry_ids=[])])
        await conn.flush()
        assert (await ask(alice)).status_code == 202
        handled = asyncio.create_task(handle_erasures(database))
        await asyncio.to_thread(wait_until_blocked, database)
    await handled

    assert rows_that_name(database, alice.person).keys() == {"mend.erasures"}


async def test_a_deletion_elsewhere_erases_everywhere(
    client_for: ClientFactory, database: Clone, services: Services, move_clock: ClockMover
) -> None:
    """Such as in Supabase's dashboard: the schedule finds it, and deletes files and documents as well."""
    alice = await plant(client_for, database, services)

    with database.admin() as conn:
        conn.execute("DELETE FROM auth.users WHERE id = %s", (alice.person,))
    await run_schedule("erasure")
    move_clock(LATER)
    await run_schedule("erasure")

    assert rows_that_name(database, alice.person).keys() <= {"local.mails"}
    assert await files_of(services, alice.person) == 0
    # one entry of the check-in, and one that a planted question refers to
    assert database.rows("SELECT reason, before ->> 'public.mood_entries' FROM mend.erasures") == [("deleted", "2")]


async def test_the_actions_of_an_admin_stay_under_a_pseudonym(client_for: ClientFactory, database: Clone) -> None:
    """An audit needs them, and no longer tells who it was."""
    admin = client_for("account", app_metadata={"role": "admin"})
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO mend.admin_actions (user_id, action, table_name) VALUES (%s, 'update', 'x')", (admin.person,)
        )

    receipt = await erased(admin, database)

    [(pseudonym,)] = database.rows("SELECT user_id FROM mend.admin_actions")
    assert pseudonym != admin.person
    assert receipt["pseudonymised"] == ["mend.access_log", "mend.admin_actions"]
