"""A support conversation is handed over to the team: by the mail that the person has seen, once, after their yes."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from functions.notify.main import reminder_consumer
from shared.clock import utc_now
from shared.events import Event
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.event_delivery import deliver
from tests.integration.companion.conftest import Begin, decide, send
from tests.integration.conftest import MailAway

TEAM = "team@example.org"
HOUR = timedelta(hours=1)
OUTBOX = """
    SELECT id, type, user_id, occurred_at, data FROM mend.outbox WHERE type = 'conversation.handed_over' ORDER BY id
"""
MAILS = "SELECT address, subject, text FROM local.mails ORDER BY 1, 2, 3"
ROWS = "SELECT state, text IS NULL FROM public.hand_overs"
QUESTION = "Why does <b>nothing</b> come?"


@pytest.fixture(autouse=True)
def _team(services: Services) -> None:
    """There is a team, and no model."""
    vars(services)["settings"] = services.settings.model_copy(update={"environ": {}, "support_email": TEAM})


def confirm(database: Clone, person: UUID) -> str:
    """Confirm an address, as Supabase Auth does by a code."""
    rows = database.rows("UPDATE auth.users SET email_confirmed_at = now() WHERE id = %s RETURNING email", person)
    return str(rows[0][0])


@pytest.fixture
def address(me: Client, database: Clone) -> str:
    """The person's own, which is confirmed."""
    return confirm(database, me.person)


@pytest.fixture
async def path(begin: Begin, me: Client) -> str:
    """Of the hand-over of a conversation in which something was asked."""
    messages = await begin(module="support")
    await send(me, messages, QUESTION)
    return messages.removesuffix("messages") + "hand-over"


def events(database: Clone) -> list[Event]:
    names = ("id", "type", "user_id", "occurred_at", "data")
    return [Event(**dict(zip(names, row, strict=True))) for row in database.rows(OUTBOX)]


async def say_yes(client: Client, path: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Look at the mail and agree. Returns the answer with its status."""
    digest = (await client.get(path)).json()["digest"]
    answer = await client.post(path, json={"digest": digest, "consent": True} | fields)
    return {"status": answer.status_code, **answer.json()}


async def test_what_is_sent_is_what_was_shown(me: Client, path: str, address: str, database: Clone) -> None:
    """Word by word: the messages, and where to answer. The words are not kept after that."""
    shown = (await me.get(path)).json()

    answer = await say_yes(me, path)
    before = database.rows(ROWS)
    for event in events(database):
        assert await deliver(reminder_consumer, event)

    mail = shown["mail"]
    assert (answer["status"], answer["state"], before) == (202, "queued", [("queued", False)])
    assert database.rows(MAILS) == [(TEAM, mail["subject"], mail["text"])]
    assert f"Please answer to: {address}" in mail["text"]
    assert f"UTC:\n{QUESTION}\n" in mail["text"]
    assert "Before we begin" not in mail["text"]
    assert "In danger, call your local emergency number" in shown["notice"]
    assert database.rows(ROWS) == [("sent", True)]
    assert (await me.get(path)).json()["state"] == "sent"
    assert database.value("SELECT html FROM local.mails").count("<b>") == 0


@pytest.mark.usefixtures("address")
async def test_nothing_is_sent_by_looking(me: Client, path: str, database: Clone) -> None:
    """Nor without a yes."""
    digest = (await me.get(path)).json()["digest"]
    refused = [
        (await me.post(path, json=body)).status_code
        for body in ({}, {"digest": digest}, {"digest": digest, "consent": False}, {"consent": True})
    ]

    assert refused == [422] * 4
    assert (database.rows(ROWS), events(database)) == ([], [])


@pytest.mark.usefixtures("address")
async def test_the_same_mail_is_sent_once(me: Client, path: str, database: Clone) -> None:
    """Whoever says yes twice, from two devices at once, or whose event is delivered twice."""
    digest = (await me.get(path)).json()["digest"]
    body = {"digest": digest, "consent": True}

    answers = await asyncio.gather(*(me.post(path, json=body) for _ in range(4)))
    for event in events(database) * 2:
        assert await deliver(reminder_consumer, event)
    late = await me.post(path, json=body)

    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(202, late.json()["id"])}
    assert (late.json()["state"], len(events(database)), len(database.rows(MAILS))) == ("sent", 1, 1)


@pytest.mark.usefixtures("address")
async def test_another_mail_needs_another_yes(me: Client, path: str, database: Clone) -> None:
    """When something was written meanwhile, the person has not seen what would be sent."""
    digest = (await me.get(path)).json()["digest"]
    await send(me, path.replace("hand-over", "messages"), "My number is 42.")

    refused = await me.post(path, json={"digest": digest, "consent": True})
    again = await say_yes(me, path)

    assert (refused.status_code, refused.json()["code"]) == (409, "hand_over_changed")
    assert (again["status"], len(events(database))) == (202, 1)


@pytest.mark.usefixtures("address")
async def test_a_mail_follows_the_language_of_the_person(me: Client, path: str, client_for: ClientFactory) -> None:
    """Who agrees to it has to read it."""
    await client_for("account", me.person).patch("/profile", json={"locale": "de"})

    shown = (await me.get(path)).json()

    assert shown["mail"]["subject"] == "Mend: Jemand bittet das Team um Hilfe"
    assert "Bitte antworten an" in shown["mail"]["text"]
    assert shown["notice"].startswith("Das ist die ganze Mail.")


async def test_without_an_address_nobody_could_answer(me: Client, path: str, database: Clone) -> None:
    """The person is told so, and whom to write to by themselves. Afterwards it can be sent."""
    shown = (await me.get(path)).json()
    refused = await me.post(path, json={"digest": "0" * 64, "consent": True})
    confirm(database, me.person)

    assert (shown["mail"], shown["digest"], TEAM in shown["notice"]) == (None, None, True)
    assert (refused.status_code, refused.json()["code"]) == (409, "hand_over_changed")
    assert (await say_yes(me, path))["status"] == 202


@pytest.mark.usefixtures("address")
async def test_without_a_team_a_person_is_told_whom_to_ask(me: Client, path: str, services: Services) -> None:
    """Nothing is stored as if it would be sent, and the conversation is still there."""
    vars(services)["settings"] = services.settings.model_copy(update={"support_email": None})

    shown = (await me.get(path)).json()

    assert (shown["mail"], "operator of the app" in shown["notice"]) == (None, True)
    assert len((await me.get(path.replace("hand-over", "messages"))).json()["items"]) == 3


@pytest.mark.usefixtures("address")
async def test_only_a_support_conversation_is_handed_over(me: Client, begin: Begin) -> None:
    """What is said to the companion stays with the person."""
    for module in ("companion", "brainstorm", "planning"):
        messages = await begin(module=module)
        await send(me, messages, "Hello")
        answer = await me.get(messages.removesuffix("messages") + "hand-over")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_support")


@pytest.mark.usefixtures("address")
async def test_an_empty_conversation_is_not_handed_over(me: Client, begin: Begin) -> None:
    """There is nothing to answer."""
    answer = await me.get((await begin(module="support")).removesuffix("messages") + "hand-over")

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_hand_over")


@pytest.mark.usefixtures("address")
async def test_a_conversation_that_was_deleted_is_not_sent(me: Client, path: str, database: Clone) -> None:
    """Also if the person had agreed before."""
    await say_yes(me, path)
    [event] = events(database)
    await me.delete(path.removesuffix("/hand-over"))

    assert await deliver(reminder_consumer, event)
    assert database.rows(MAILS) == []


@pytest.mark.usefixtures("address")
async def test_a_delivery_that_has_died_is_made_up_for(me: Client, path: str, database: Clone) -> None:
    """While it might be at work, another one waits, and comes again. When its lease is over, the mail is sent."""
    await say_yes(me, path)
    [event] = events(database)
    with database.admin() as conn:
        conn.execute("UPDATE public.hand_overs SET state = 'sending', leased_until = %s", (utc_now() + HOUR,))
    waits = await deliver(reminder_consumer, event)
    with database.admin() as conn:
        conn.execute("UPDATE public.hand_overs SET leased_until = %s", (utc_now() - HOUR,))

    assert (waits, await deliver(reminder_consumer, event)) == (False, True)
    assert (database.rows(ROWS), len(database.rows(MAILS))) == ([("sent", True)], 1)


@pytest.mark.usefixtures("address")
async def test_a_mail_that_no_provider_takes_comes_again(
    me: Client, path: str, database: Clone, mail_away: MailAway
) -> None:
    """Until then it is queued, and its text is kept."""
    await say_yes(me, path)
    [event] = events(database)
    async with mail_away():
        refused = await deliver(reminder_consumer, event)
    waiting = database.rows(ROWS)

    assert (refused, waiting) == (False, [("queued", False)])
    assert await deliver(reminder_consumer, event)
    assert (database.rows(ROWS), len(database.rows(MAILS))) == ([("sent", True)], 1)


@pytest.mark.usefixtures("address")
async def test_a_mail_that_has_failed_is_sent_by_another_yes(me: Client, path: str, database: Clone) -> None:
    """Once, however often the person says it."""
    first = await say_yes(me, path)
    with database.admin() as conn:
        conn.execute("UPDATE public.hand_overs SET state = 'failed'")
    again, third = await say_yes(me, path), await say_yes(me, path)
    both = events(database)
    for event in both:
        assert await deliver(reminder_consumer, event)

    assert (again["id"], again["state"], third["state"]) == (first["id"], "queued", "queued")
    assert (len(both), database.rows(ROWS), len(database.rows(MAILS))) == (2, [("sent", True)], 1)


@pytest.mark.usefixtures("address")
async def test_ten_mails_a_day_are_enough(me: Client, path: str, database: Clone) -> None:
    """What was handed over before can still be asked for."""
    first = await say_yes(me, path)
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.hand_overs (user_id, id, conversation_id, address, subject, agreed_at)"
            " SELECT user_id, gen_random_uuid(), conversation_id, address, subject, agreed_at"
            " FROM public.hand_overs, generate_series(1, 9)"
        )
    again = await say_yes(me, path)
    await send(me, path.replace("hand-over", "messages"), "And another thing.")

    assert (again["id"], (await say_yes(me, path))["code"]) == (first["id"], "too_many_hand_overs")


async def test_nobody_hands_over_for_somebody_else(
    path: str, address: str, client_for: ClientFactory, database: Clone
) -> None:
    """For them, the conversation does not exist."""
    other = client_for("companion")
    decide(database, other, granted=True)
    confirm(database, other.person)

    looked = await other.get(path)
    sent = await other.post(path, json={"digest": "0" * 64, "consent": True})

    assert (looked.status_code, sent.status_code) == (404, 404)
    assert address not in looked.text + sent.text
