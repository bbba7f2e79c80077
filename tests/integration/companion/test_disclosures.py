"""What the companion says of itself from time to time, and to whom no model replies."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.integration.account.guardians import asked_link, be_too_young
from tests.integration.companion.conftest import HEAD, Begin, piece, send
from tests.integration.shared.scripted_host import ScriptedHost

REMINDER = "I am a computer program"


def pass_time(database: Clone, by: timedelta) -> None:
    """Move the conversations into the past. A moved clock would let the person's token expire."""
    query = """
        UPDATE public.conversations
        SET disclosed_at = disclosed_at - %(by)s, used_since = used_since - %(by)s, changed_at = changed_at - %(by)s
    """
    with database.admin() as admin:
        admin.execute(query, {"by": by})


async def tell_age(client_for: ClientFactory, me: Client, band: str, country: str = "US") -> None:
    answer = await client_for("account", me.person).patch("/profile", json={"age_band": band, "country": country})
    assert answer.status_code == 200, answer.text


def has_reminder(exchange: dict[str, Any]) -> bool:
    return REMINDER in exchange["reply"]["content"]


@pytest.mark.parametrize(("band", "minutes"), [("18_or_over", 180), ("16_to_17", 60), (None, 60)])
async def test_it_says_again_what_it_is(  # noqa: PLR0913, PLR0917 - one row of a table, and fixtures
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone, band: str | None, minutes: int
) -> None:
    """Every three hours, and every hour to minors and to those whose age is not known."""
    if band:
        await tell_age(client_for, me, band)
    path = await begin()
    reminded = []

    for by in (minutes - 1, 1, 1):
        pass_time(database, timedelta(minutes=by))
        reminded.append(has_reminder(await send(me, path, "Hello")))

    assert reminded == [False, True, False]


async def test_of_two_devices_one_is_told(me: Client, begin: Begin, client_for: ClientFactory, database: Clone) -> None:
    """Both send at the same time. A message that is sent again gets the same reply."""
    await tell_age(client_for, me, "18_or_over")
    path, ids = await begin(), [str(uuid4()), str(uuid4())]
    pass_time(database, timedelta(hours=3))

    exchanges = await asyncio.gather(*(send(me, path, "Hello", id=id_) for id_ in ids))
    again = [await send(me, path, "Hello", id=id_) for id_ in ids]

    assert sorted(map(has_reminder, exchanges)) == [False, True]
    assert again == exchanges


async def test_a_long_use_gets_a_reminder_to_take_a_break(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone
) -> None:
    """Who has written for three hours without a long pause is told to take one."""
    await tell_age(client_for, me, "18_or_over")
    path = await begin()

    for _ in range(9):
        pass_time(database, timedelta(minutes=20))
        exchange = await send(me, path, "Hello")

    assert "A break would be good now" in exchange["reply"]["content"]


async def test_the_age_is_asked_once(me: Client, begin: Begin) -> None:
    """In the first conversation of a person who has not told it."""
    [[first], [second]] = [(await me.get(await begin())).json()["items"] for _ in range(2)]

    assert "does not know how old you are" in first["content"]
    assert "how old" not in second["content"]


async def test_who_is_too_young_is_answered_without_a_model(
    me: Client, begin: Begin, client_for: ClientFactory, model: ScriptedHost
) -> None:
    """By their band and country. Words of danger get help all the same."""
    await tell_age(client_for, me, "13_to_15", "DE")
    path = await begin()

    exchange = await send(me, path, "Hello")
    danger = await send(me, path, "I want to kill myself")

    assert exchange["reply"]["status"] == "done"
    assert danger["reply"]["support"]["lines"]
    assert model.seen == []


async def test_whom_the_app_store_calls_too_young_is_answered_without_a_model(
    me: Client, begin: Begin, client_for: ClientFactory, model: ScriptedHost
) -> None:
    """Whatever they say of themselves."""
    await tell_age(client_for, me, "18_or_over", "DE")
    await client_for("account", me.person).put("/age-signal", json={"lower": 13, "upper": 15, "status": "SUPERVISED"})

    exchange = await send(me, await begin(), "Hello")

    assert exchange["reply"]["status"] == "done"
    assert model.seen == []


async def test_whose_age_the_app_store_knows_is_not_asked(me: Client, begin: Begin, client_for: ClientFactory) -> None:
    """A signal is as good as an answer, as long as the person says nothing."""
    await client_for("account", me.person).put("/age-signal", json={"status": "VERIFIED"})

    [first] = (await me.get(await begin())).json()["items"]

    assert "how old" not in first["content"]


async def test_a_model_replies_to_whom_their_parent_allows_it(
    me: Client, begin: Begin, client_for: ClientFactory, model: ScriptedHost, database: Clone
) -> None:
    """Until the parent takes it back. They are a minor all the same."""
    account, parent = client_for("account", me.person), client_for("account", signed_in=False)
    await be_too_young(account)
    link, path = await asked_link(account, database), await begin()
    asked = []
    for answer in ("", "/allow", "/refuse"):
        await parent.request("POST" if answer else "GET", f"{link}{answer}")
        await send(me, path, "Hello")
        asked.append(len(model.seen))
        if answer == "/allow":
            pass_time(database, timedelta(hours=1))
            reminded = has_reminder(await send(me, path, "Hello"))

    assert asked == [0, 1, 2]
    assert reminded


async def test_what_a_parent_allows_counts_where_a_mail_is_enough(
    me: Client, begin: Begin, client_for: ClientFactory, model: ScriptedHost, database: Clone
) -> None:
    """Neither below 13 nor in another country."""
    account, parent = client_for("account", me.person), client_for("account", signed_in=False)
    await be_too_young(account)
    await parent.post(f"{await asked_link(account, database)}/allow")
    path = await begin()

    for change in ({"country": "AU"}, {"country": "DE", "age_band": "under_13"}):
        await account.patch("/profile", json=change)
        await send(me, path, "Hello")

    assert model.seen == []


async def until_stored(database: Clone, sentence: str) -> None:
    """Wait until a sentence of a reply is stored."""
    stored = "SELECT count(*), pg_sleep(0.02) FROM public.conversation_messages WHERE %s = ANY (parts)"
    while not await asyncio.to_thread(database.value, stored, sentence):
        pass


@pytest.mark.parametrize("name", ["model:compatible/test", "prompt:companion"])
async def test_a_model_or_a_prompt_is_switched_off_and_on(
    me: Client, begin: Begin, database: Clone, model: ScriptedHost, name: str
) -> None:
    """From the next reply on, in a process that runs already. The guide replies meanwhile."""
    path = await begin()
    await send(me, path, "Hello")
    with database.admin() as admin:
        admin.execute("INSERT INTO mend.safety_switches (name, off_since) VALUES (%s, now())", (name,))
    off = await send(me, path, "Hello again")
    asked = len(model.seen)
    with database.admin() as admin:
        admin.execute("DELETE FROM mend.safety_switches")

    on = await send(me, path, "And again")

    assert off["reply"]["status"] == "done"
    assert off["reply"]["content"] != on["reply"]["content"]
    assert asked == 1
    assert on["reply"]["content"] == "I hear you. What was hard today?"


async def test_a_reply_ends_when_its_model_is_switched_off(
    me: Client, begin: Begin, database: Clone, model: ScriptedHost
) -> None:
    """What was written of it stays."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    sending = asyncio.create_task(send(me, path, "Hello"))
    await until_stored(database, "One. ")

    with database.admin() as admin:
        admin.execute("INSERT INTO mend.safety_switches (name, off_since) VALUES ('model:compatible/test', now())")

    reply = (await sending)["reply"]
    assert (reply["status"], reply["content"]) == ("failed", "One. ")
