"""The inbox as a list and as a live document, notifications on request, and unsubscribe links."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from functions.notify import unsubscribe_links
from functions.notify.job.reminder_job import send_requested
from shared.clock import utc_now
from shared.events import Event
from shared.events.types import notification_requested
from shared.services import services
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.notify.scenario import (
    ALL_ON,
    add_notification,
    create_recipient,
    handle_event,
    mails_to,
    pushes_to,
    run_ticks,
    states,
    utc,
)

DAY = timedelta(days=1)
NOON = utc("2027-02-01 12:00")
LIVE = "SELECT document FROM public.live_documents WHERE user_id = %s AND name = 'inbox'"


async def recipient_with_inbox(client_for: ClientFactory, database: Clone, count: int) -> Client:
    me = await create_recipient(client_for)
    for hours in range(count):
        add_notification(database, me.person, NOON + timedelta(hours=hours))
        await run_ticks(NOON + timedelta(hours=hours))
    return me


async def test_pages_add_up_to_the_list_newest_first(client_for: ClientFactory, database: Clone) -> None:
    """A cursor of one list is refused for another."""
    me = await recipient_with_inbox(client_for, database, 5)
    items = (await me.get("/inbox")).json()["items"]
    paged_items: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = (await me.get("/inbox", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        paged_items, cursor = paged_items + page["items"], page["next_cursor"]
        foreign = {"cursor": cursor, "unread": True}
        assert cursor is None or (await me.get("/inbox", params=foreign)).status_code == 422

    assert paged_items == items
    assert [item["sent_at"][11:13] for item in items] == ["16", "15", "14", "13", "12"]
    assert {(item["kind"], item["link"], item["read_at"]) for item in items} == {("plan", "mend://plan", None)}


async def test_a_read_notification_is_delivered(client_for: ClientFactory, database: Clone) -> None:
    """Some are marked by id, then all. Marking one twice changes nothing."""
    me = await recipient_with_inbox(client_for, database, 3)
    first = (await me.get("/inbox")).json()["items"][0]["notification_id"]

    assert [(await me.post("/inbox/read", json={"ids": [first]})).json() for _ in range(2)] == [{"unread": 2}] * 2
    assert len((await me.get("/inbox", params={"unread": True})).json()["items"]) == 2
    assert sorted(row[3] for row in states(database, me.person)) == ["delivered", "sent", "sent"]
    assert (await me.post("/inbox/read", json={"all": True})).json() == {"unread": 0}
    assert (await me.get("/inbox", params={"unread": True})).json()["items"] == []


@pytest.mark.parametrize("wrong", [{}, {"all": False}, {"ids": []}, {"ids": ["x"]}, {"all": True, "ids": []}], ids=str)
async def test_marking_as_read_needs_ids_or_all(client_for: ClientFactory, wrong: dict[str, object]) -> None:
    """Exactly one of the two is required."""
    assert (await client_for("notify").post("/inbox/read", json=wrong)).status_code == 422


async def test_a_stranger_cannot_mark_a_notification(client_for: ClientFactory, database: Clone) -> None:
    """Knowing its id is not enough."""
    me = await recipient_with_inbox(client_for, database, 1)
    [item] = (await me.get("/inbox")).json()["items"]
    stranger = client_for("notify")

    await stranger.post("/inbox/read", json={"ids": [item["notification_id"]]})

    assert (await stranger.get("/inbox")).json()["items"] == []
    assert (await me.get("/inbox", params={"unread": True})).json()["items"] == [item]


async def test_the_live_document_follows_the_inbox(client_for: ClientFactory, database: Clone) -> None:
    """Sending and marking as read emit `inbox.changed`, which rebuilds the document from Postgres."""
    me = await recipient_with_inbox(client_for, database, 2)
    query = "SELECT count(*) FROM mend.outbox WHERE user_id = %s AND type = 'inbox.changed'"
    assert database.value(query, me.person) == 2
    await handle_event("inbox.changed", me.person, NOON)
    document = database.value(LIVE, me.person)
    assert (document["unread"], [item["read"] for item in document["latest"]]) == (2, [False, False])

    await me.post("/inbox/read", json={"all": True})
    await handle_event("inbox.changed", me.person, NOON)

    assert database.value(query, me.person) == 3
    assert database.value(LIVE, me.person)["unread"] == 0


async def test_a_test_push_goes_to_the_persons_devices(client_for: ClientFactory, database: Clone) -> None:
    """The request emits an event, and its handler sends the push. No notification is stored."""
    me = await create_recipient(client_for)
    answer = await me.post("/test")
    query = "SELECT type, data FROM mend.outbox WHERE user_id = %s AND type = 'notification.requested'"
    [(kind, data)] = database.rows(query, me.person)

    await send_requested(Event(type=kind, user_id=me.person, occurred_at=utc_now(), data=data))

    assert (answer.status_code, answer.json()) == (202, {"devices": 1})
    assert len(pushes_to(database, me.person)) == 1
    assert states(database, me.person) == []


def confirm(database: Clone, client: Client) -> None:
    with database.admin() as conn:
        conn.execute("UPDATE auth.users SET email_confirmed_at = now() WHERE id = %s", (client.person,))


async def request_account_mail(client: Client, slot: str) -> None:
    await send_requested(notification_requested(client.person, NOON, kind="account", slot=slot))


async def test_mail_goes_only_to_confirmed_addresses(client_for: ClientFactory, database: Clone) -> None:
    """Account mail is sent at once, but never to an address that is not confirmed."""
    me = await create_recipient(client_for)
    await request_account_mail(me, slot="export")
    assert mails_to(database, me.person) == []

    confirm(database, me)
    for _ in range(2):
        await request_account_mail(me, slot="another")

    assert [link for _, link in mails_to(database, me.person)] == [None]
    assert [row[2:4] for row in states(database, me.person)] == [("another", "sent"), ("export", "sent")]


async def test_one_click_switches_off_a_kind_of_mail(client_for: ClientFactory, database: Clone) -> None:
    """GET only shows a page. POST switches the kind off without sign-in, and may be repeated."""
    me = await create_recipient(client_for, kinds=ALL_ON["kinds"] | {"weekly_summary": True})
    confirm(database, me)
    sunday = utc_now().replace(hour=18, minute=0, second=0, microsecond=0) - timedelta(days=utc_now().isoweekday())
    with database.admin() as conn:
        query = (
            "INSERT INTO public.mood_entries"
            " (user_id, id, mood, intensity, occurred_at, timezone, local_date, edited_at)"
            " VALUES (%s, gen_random_uuid(), 'sad', 5, %s, 'UTC', %s, %s)"
        )
        saturday = sunday - timedelta(days=1)
        conn.execute(query, (me.person, saturday, saturday.date(), saturday))
    add_notification(database, me.person, sunday, "weekly_summary")
    await run_ticks(sunday)
    [(_, link)] = mails_to(database, me.person)
    path = str(link).partition("/notify")[2]
    anyone = client_for("notify", signed_in=False)

    page = await anyone.get(path)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (await me.get("/preferences")).json()["kinds"]["weekly_summary"] is True
    clicks = [(await anyone.post(path, data={"List-Unsubscribe": "One-Click"})).status_code for _ in range(2)]

    assert clicks == [200, 200]
    kinds = (await me.get("/preferences")).json()["kinds"]
    assert (kinds["weekly_summary"], kinds["plan"]) == (False, True)


async def test_an_invalid_link_switches_nothing_off(client_for: ClientFactory) -> None:
    """The link is too old, forged, cut off or no token at all."""
    me = await create_recipient(client_for)
    anyone = client_for("notify", signed_in=False)
    settings = services().settings
    old = unsubscribe_links.sign(settings, me.person, "email", utc_now() - timedelta(seconds=1)).rpartition("/")[2]
    good = unsubscribe_links.sign(settings, me.person, "email", utc_now() + DAY).rpartition("/")[2]
    forged = good[:-1] + ("A" if good[-1] != "A" else "Q")

    answers = [
        await anyone.request(method, f"/unsubscribe/{link}")
        for method in ("GET", "POST")
        for link in (old, forged, good[:-4], "x")
    ]

    assert [answer.status_code for answer in answers] == [410, 400, 400, 404] * 2
    assert (await me.get("/preferences")).json()["channels"]["email"] is True


async def test_a_link_opens_a_page_in_the_browsers_language(client_for: ClientFactory) -> None:
    """The page uses the browser's first language, or else English. Expired links have a page as well."""
    anyone = client_for("notify", signed_in=False)
    now, person, settings = utc_now(), uuid4(), services().settings
    old, good = (unsubscribe_links.sign(settings, person, "email", at).rpartition("/")[2] for at in (now, now + DAY))
    seen = {}
    for languages in ("de-AT,de;q=0.9,en;q=0.8", "fr", ""):
        for link in (good, old):
            answer = await anyone.get(f"/unsubscribe/{link}", headers={"Accept-Language": languages})
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            seen[languages, link] = answer.text

    assert 'lang="de"' in seen["de-AT,de;q=0.9,en;q=0.8", good]
    assert "Abbestellen" in seen["de-AT,de;q=0.9,en;q=0.8", good]
    assert "Dieser Link ist zu alt." in seen["de-AT,de;q=0.9,en;q=0.8", old]
    assert seen["fr", old] == seen["", old]
    assert "This link is too old." in seen["", old]


async def test_a_link_of_a_deleted_account_shows_the_page(client_for: ClientFactory) -> None:
    """There is no mail to switch off, so this is no error."""
    anyone = client_for("notify", signed_in=False)
    link = unsubscribe_links.sign(services().settings, uuid4(), "email", utc_now() + DAY).rpartition("/")[2]

    assert (await anyone.post(f"/unsubscribe/{link}")).status_code == 200
