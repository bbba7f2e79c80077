"""What a person was told, as a list, as a live document, and by mail."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from functions.notify import unsubscribe_links
from functions.notify.job.reminder_job import tell_at_once
from shared.clock import utc_now
from shared.events import Event
from shared.events.types import notification_requested
from shared.services import services
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.notify.telling import EVERYTHING, happened, living_in, mailed, plan, pushed, states, ticked, utc

DAY = timedelta(days=1)
NOON = utc("2027-02-01 12:00")
LIVE = "SELECT document FROM public.live_documents WHERE user_id = %s AND name = 'inbox'"


async def told(client_for: ClientFactory, database: Clone, count: int) -> Client:
    me = await living_in(client_for)
    for hours in range(count):
        plan(database, me.person, NOON + timedelta(hours=hours))
        await ticked(NOON + timedelta(hours=hours))
    return me


async def test_pages_are_the_whole_and_newest_first(client_for: ClientFactory, database: Clone) -> None:
    """Whatever the size of a page; a cursor of one list does not fit another."""
    me = await told(client_for, database, 5)
    whole = (await me.get("/inbox")).json()["items"]
    paged: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = (await me.get("/inbox", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        paged, cursor = paged + page["items"], page["next_cursor"]
        foreign = {"cursor": cursor, "unread": True}
        assert cursor is None or (await me.get("/inbox", params=foreign)).status_code == 422

    assert paged == whole
    assert [item["told_at"][11:13] for item in whole] == ["16", "15", "14", "13", "12"]
    assert {(item["kind"], item["link"], item["read_at"]) for item in whole} == {("plan", "mend://plan", None)}


async def test_what_is_read_is_delivered(client_for: ClientFactory, database: Clone) -> None:
    """Some of it, then all; what is read twice stays as it was."""
    me = await told(client_for, database, 3)
    first = (await me.get("/inbox")).json()["items"][0]["notification_id"]

    assert [(await me.post("/inbox/read", json={"ids": [first]})).json() for _ in range(2)] == [{"unread": 2}] * 2
    assert len((await me.get("/inbox", params={"unread": True})).json()["items"]) == 2
    assert sorted(row[3] for row in states(database, me.person)) == ["delivered", "sent", "sent"]
    assert (await me.post("/inbox/read", json={"all": True})).json() == {"unread": 0}
    assert (await me.get("/inbox", params={"unread": True})).json()["items"] == []


@pytest.mark.parametrize("wrong", [{}, {"all": False}, {"ids": []}, {"ids": ["x"]}, {"all": True, "ids": []}], ids=str)
async def test_what_to_read_must_be_said(client_for: ClientFactory, wrong: dict[str, object]) -> None:
    """Either ids or all."""
    assert (await client_for("notify").post("/inbox/read", json=wrong)).status_code == 422


async def test_nobody_reads_what_is_anothers(client_for: ClientFactory, database: Clone) -> None:
    """Its id is of no use to a stranger."""
    me = await told(client_for, database, 1)
    [item] = (await me.get("/inbox")).json()["items"]
    stranger = client_for("notify")

    await stranger.post("/inbox/read", json={"ids": [item["notification_id"]]})

    assert (await stranger.get("/inbox")).json()["items"] == []
    assert (await me.get("/inbox", params={"unread": True})).json()["items"] == [item]


async def test_the_app_hears_of_it(client_for: ClientFactory, database: Clone) -> None:
    """What was told and what was read leave an event each; the document is written from the record."""
    me = await told(client_for, database, 2)
    query = "SELECT count(*) FROM mend.outbox WHERE user_id = %s AND type = 'inbox.changed'"
    assert database.value(query, me.person) == 2
    await happened("inbox.changed", me.person, NOON)
    document = database.value(LIVE, me.person)
    assert (document["unread"], [shown["read"] for shown in document["latest"]]) == (2, [False, False])

    await me.post("/inbox/read", json={"all": True})
    await happened("inbox.changed", me.person, NOON)

    assert database.value(query, me.person) == 3
    assert database.value(LIVE, me.person)["unread"] == 0


async def test_a_test_goes_to_ones_own_devices(client_for: ClientFactory, database: Clone) -> None:
    """Asked for in the request, sent by the event that it left."""
    me = await living_in(client_for)
    answer = await me.post("/test")
    query = "SELECT type, data FROM mend.outbox WHERE user_id = %s AND type = 'notification.requested'"
    [(kind, data)] = database.rows(query, me.person)

    await tell_at_once(Event(type=kind, user_id=me.person, occurred_at=utc_now(), data=data))

    assert (answer.status_code, answer.json()) == (202, {"devices": 1})
    assert len(pushed(database, me.person)) == 1
    assert states(database, me.person) == []


def confirm(database: Clone, client: Client) -> None:
    with database.admin() as conn:
        conn.execute("UPDATE auth.users SET email_confirmed_at = now() WHERE id = %s", (client.person,))


async def ask_to_tell(client: Client, slot: str) -> None:
    await tell_at_once(notification_requested(client.person, NOON, kind="account", slot=slot))


async def test_mail_goes_to_confirmed_addresses_alone(client_for: ClientFactory, database: Clone) -> None:
    """What concerns the account is told at once; to nobody's address until they have shown that it is theirs."""
    me = await living_in(client_for)
    await ask_to_tell(me, slot="export")
    assert mailed(database, me.person) == []

    confirm(database, me)
    for _ in range(2):
        await ask_to_tell(me, slot="another")

    assert [link for _, link in mailed(database, me.person)] == [None]
    assert [row[2:4] for row in states(database, me.person)] == [("another", "sent"), ("export", "sent")]


async def test_one_click_ends_a_kind_of_mail(client_for: ClientFactory, database: Clone) -> None:
    """The link of a mail asks; the click ends it, once or twice, without any sign-in."""
    me = await living_in(client_for, kinds=EVERYTHING["kinds"] | {"weekly_summary": True})
    confirm(database, me)
    sunday = utc_now().replace(hour=18, minute=0, second=0, microsecond=0) - timedelta(days=utc_now().isoweekday())
    with database.admin() as conn:
        query = (
            "INSERT INTO public.mood_entries"
            " (user_id, id, mood, intensity, occurred_at, timezone, local_date, edited_at)"
            " VALUES (%s, gen_random_uuid(), 'sad', 5, %s, 'UTC', %s, %s)"
        )
        conn.execute(query, (me.person, sunday, sunday.date(), sunday))
    plan(database, me.person, sunday, "weekly_summary")
    await ticked(sunday)
    [(_, link)] = mailed(database, me.person)
    path = str(link).partition("/notify")[2]
    anyone = client_for("notify", signed_in=False)

    asked = await anyone.get(path)
    assert (asked.status_code, asked.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (await me.get("/preferences")).json()["kinds"]["weekly_summary"] is True
    clicks = [(await anyone.post(path, data={"List-Unsubscribe": "One-Click"})).status_code for _ in range(2)]

    assert clicks == [200, 200]
    kinds = (await me.get("/preferences")).json()["kinds"]
    assert (kinds["weekly_summary"], kinds["plan"]) == (False, True)


async def test_a_link_that_is_not_ours_ends_nothing(client_for: ClientFactory) -> None:
    """Forged, cut, or too old."""
    me = await living_in(client_for)
    anyone = client_for("notify", signed_in=False)
    settings = services().settings
    old = unsubscribe_links.link(settings, me.person, "email", utc_now() - timedelta(seconds=1)).rpartition("/")[2]
    good = unsubscribe_links.link(settings, me.person, "email", utc_now() + DAY).rpartition("/")[2]
    forged = good[:-1] + ("A" if good[-1] != "A" else "Q")

    answers = [
        await anyone.request(method, f"/unsubscribe/{link}")
        for method in ("GET", "POST")
        for link in (old, forged, good[:-4], "x")
    ]

    assert [answer.status_code for answer in answers] == [410, 400, 400, 404] * 2
    assert (await me.get("/preferences")).json()["channels"]["email"] is True


async def test_whoever_opens_a_link_reads_a_page(client_for: ClientFactory) -> None:
    """In the first language of their browser that we speak, and also where the link is of no use any more."""
    anyone = client_for("notify", signed_in=False)
    now, person, settings = utc_now(), uuid4(), services().settings
    old, good = (unsubscribe_links.link(settings, person, "email", at).rpartition("/")[2] for at in (now, now + DAY))
    seen = {}
    for wanted in ("de-AT,de;q=0.9,en;q=0.8", "fr", ""):
        for link in (good, old):
            answer = await anyone.get(f"/unsubscribe/{link}", headers={"Accept-Language": wanted})
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            seen[wanted, link] = answer.text

    assert 'lang="de"' in seen["de-AT,de;q=0.9,en;q=0.8", good]
    assert "Abbestellen" in seen["de-AT,de;q=0.9,en;q=0.8", good]
    assert "Dieser Link ist zu alt." in seen["de-AT,de;q=0.9,en;q=0.8", old]
    assert seen["fr", old] == seen["", old]
    assert "This link is too old." in seen["", old]


async def test_a_link_outlives_the_account_that_it_was_for(client_for: ClientFactory) -> None:
    """There are no mails left to end, and nothing to complain of to whoever clicks."""
    anyone = client_for("notify", signed_in=False)
    link = unsubscribe_links.link(services().settings, uuid4(), "email", utc_now() + DAY).rpartition("/")[2]

    assert (await anyone.post(f"/unsubscribe/{link}")).status_code == 200
