"""The live document of replies that are being written."""

import asyncio
import json
from datetime import timedelta

import pytest

from functions.companion.live.documents import DOCUMENT_NAME
from functions.companion.main import event_consumer
from shared.clock import utc_now
from shared.events import tick
from shared.events.types import reply_changed
from shared.services import Services, use
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.event_delivery import deliver
from tests.integration.companion.conftest import HEAD, Begin, piece, says, send
from tests.integration.shared.scripted_host import ScriptedHost

LEASE = timedelta(minutes=5)  # longer than a slow machine needs
EVENTS = "SELECT count(*) FROM mend.outbox WHERE type = 'reply.changed'"
DIES = """
    UPDATE public.conversation_messages SET status = 'running', alive_until = %s, parts = ARRAY['Two halves']
    WHERE answers IS NOT NULL
"""


@pytest.fixture(autouse=True)
def _services(services: Services) -> None:
    use(services)


async def follow(client: Client) -> None:
    """Handle the event of a reply."""
    assert await deliver(event_consumer, reply_changed(client.person, utc_now()))


async def document(services: Services, client: Client) -> object:
    return await services.live.get(client.person, DOCUMENT_NAME)


async def test_other_devices_see_which_replies_are_written(
    me: Client, begin: Begin, model: ScriptedHost, services: Services
) -> None:
    """The first one of a conversation is running, and the others wait. None of their text is there."""
    model.scripts = [[HEAD, piece("My sister. Two"), "stall"], says("Later.")]
    path = await begin()
    first = asyncio.create_task(me.post(path, json={"content": "One"}))
    await model.stalling.wait()
    second = asyncio.create_task(me.post(path, json={"content": "Two"}))
    while len((await me.get(path)).json()["items"]) < 5:  # noqa: ASYNC110 - it is in Postgres
        await asyncio.sleep(0)
    await follow(me)

    running = await document(services, me)

    replies = [item["id"] for item in (await me.get(path)).json()["items"] if item["answers"]][::-1]
    conversation = path.split("/")[2]
    assert running == {
        "unfinished": [
            {"conversation_id": conversation, "message_id": replies[0], "status": "running"},
            {"conversation_id": conversation, "message_id": replies[1], "status": "queued"},
        ]
    }
    assert "sister" not in json.dumps(running)
    await me.post(f"{path}/{replies[0]}/cancel")
    await asyncio.gather(first, second)
    await follow(me)
    assert await document(services, me) is None


async def test_a_reply_has_an_event_at_its_beginning_and_its_end(me: Client, begin: Begin, database: Clone) -> None:
    """Each in the transaction of the change."""
    await send(me, await begin(), "Hello")

    assert database.value(EVENTS) == 2


async def test_a_reply_whose_process_died_is_ended_by_the_tick(  # noqa: PLR0913, PLR0917 - fixtures
    me: Client, begin: Begin, services: Services, database: Clone, move_clock: ClockMover, client_for: ClientFactory
) -> None:
    """It is stored as partial, its document is gone, and its words are found."""
    path = await begin()
    await send(me, path, "Hello")
    with database.admin() as conn:
        conn.execute(DIES, (utc_now() + LEASE,))
    await follow(me)
    before = await document(services, me)
    early = await deliver(event_consumer, tick("schedule.live", utc_now()))
    during = await document(services, me)
    move_clock(2 * LEASE)

    late = await deliver(event_consumer, tick("schedule.live", utc_now()))

    assert early and late  # noqa: PT018 - both were handled
    assert before == during is not None
    assert await document(services, me) is None
    assert database.rows("SELECT status, alive_until FROM public.conversation_messages WHERE answers IS NOT NULL") == [
        ("partial", None)
    ]
    client = client_for("companion", me.person)
    assert (await client.get(path)).json()["items"][0]["status"] == "partial"
    assert len((await client.get("/conversations", params={"q": "halves"})).json()["items"]) == 1


async def test_a_deleted_conversation_leaves_no_document(
    me: Client, begin: Begin, services: Services, database: Clone
) -> None:
    """Also if the process of its reply has died."""
    path = await begin()
    await send(me, path, "Hello")
    with database.admin() as conn:
        conn.execute(DIES, (utc_now() + LEASE,))
    await follow(me)
    before = await document(services, me)

    await me.delete(path.removesuffix("/messages"))
    await follow(me)

    assert before is not None
    assert await document(services, me) is None


async def test_of_another_person_there_is_nothing(
    me: Client, begin: Begin, services: Services, database: Clone, client_for: ClientFactory
) -> None:
    """A document is built as its person."""
    other = client_for("companion")
    await send(me, await begin(), "Hello")
    with database.admin() as conn:
        conn.execute(DIES, (utc_now() + LEASE,))

    await follow(other)

    assert await document(services, other) is None
