"""Mails about an account: each is sent once, whatever the person has switched off."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.account.main import erasure_consumer
from functions.notify.main import event_consumer, reminder_consumer
from shared.clock import utc_now
from shared.events import Event, tick
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone, sign_up
from tests.event_delivery import deliver
from tests.integration.conftest import MailAway
from tests.integration.erasure.people import ask
from tests.integration.notify.scenario import create_recipient

PHONE = "Mend/1.4.2 (iPhone; iOS 19.1)"
UPDATED_PHONE = "Mend/1.5 (iPhone; iOS 19.2.1)"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
OUTBOX = "SELECT id, type, user_id, occurred_at, data FROM mend.outbox WHERE type = %s AND user_id = %s ORDER BY id"
ERASURES = "SELECT id, type, user_id, occurred_at, data FROM mend.outbox WHERE data ->> 'receipt_id' = %s ORDER BY id"
COLUMNS = ("id", "type", "user_id", "occurred_at", "data")


def confirm(database: Clone, person: UUID, email: str | None = None) -> None:
    """Confirm an address, as Supabase Auth does by a code."""
    database.rows(
        "UPDATE auth.users SET email = coalesce(%s, email), email_confirmed_at = now() WHERE id = %s RETURNING id",
        email,
        person,
    )


def sign_in(database: Clone, person: UUID, user_agent: str | None = PHONE) -> None:
    """Begin a session, as Supabase Auth does."""
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO auth.sessions (id, user_id, user_agent) VALUES (gen_random_uuid(), %s, %s)",
            (person, user_agent),
        )
        conn.execute("UPDATE auth.users SET last_sign_in_at = now() WHERE id = %s", (person,))


def events(database: Clone, query: str, *values: object) -> list[Event]:
    return [Event(**dict(zip(COLUMNS, row, strict=True))) for row in database.rows(query, *values)]


async def deliver_news(database: Clone, person: UUID) -> None:
    """Deliver all events of the account, some for another time."""
    for event in events(database, OUTBOX, "account.changed", person):
        assert await deliver(event_consumer, event)
    for event in events(database, OUTBOX, "notification.requested", person):
        assert await deliver(reminder_consumer, event)


def mails(database: Clone, address: str) -> list[str]:
    return [subject for (subject,) in database.rows("SELECT subject FROM local.mails WHERE address = %s", address)]


def address_of(person: UUID) -> str:
    return f"{person}@example.org"


@pytest.fixture
def person(services: Services, database: Clone) -> UUID:
    assert services
    return sign_up(database)


async def test_a_person_is_welcomed_once_their_address_is_confirmed(person: UUID, database: Clone) -> None:
    """Not before, and not again at their next sign-in on the same device."""
    sign_in(database, person)
    await deliver_news(database, person)
    assert mails(database, address_of(person)) == []

    confirm(database, person)
    sign_in(database, person)
    for _ in range(2):
        await deliver_news(database, person)

    assert mails(database, address_of(person)) == ["Welcome to Mend"]


@pytest.mark.parametrize("user_agent", [PHONE, LAPTOP, None], ids=str)
async def test_the_first_session_of_an_account_is_never_new(
    person: UUID, database: Clone, user_agent: str | None
) -> None:
    """By PKCE, the address is confirmed by a link before the session begins, perhaps in another browser."""
    confirm(database, person)
    await deliver_news(database, person)
    sign_in(database, person, user_agent)
    await deliver_news(database, person)

    assert mails(database, address_of(person)) == ["Welcome to Mend"]


async def test_the_second_device_after_a_link_is_told(person: UUID, database: Clone) -> None:
    """The first session has made its own device known, and no other."""
    confirm(database, person)
    await deliver_news(database, person)
    for user_agent in (PHONE, UPDATED_PHONE, LAPTOP):
        sign_in(database, person, user_agent)
        await deliver_news(database, person)

    assert mails(database, address_of(person)) == ["Welcome to Mend", "A new sign-in to your Mend account"]


async def test_a_sign_in_on_another_device_is_told(person: UUID, database: Clone) -> None:
    """An update of the app or the browser makes no other device of it."""
    sign_in(database, person)
    confirm(database, person)
    await deliver_news(database, person)

    for user_agent in (LAPTOP, UPDATED_PHONE, LAPTOP, None):
        sign_in(database, person, user_agent)
        await deliver_news(database, person)

    assert mails(database, address_of(person))[1:] == ["A new sign-in to your Mend account"] * 2


async def test_another_address_is_told_to_the_one_before(person: UUID, database: Clone) -> None:
    """The first one is told of a second change as well: whoever took over the account has made both."""
    first, second, third = address_of(person), f"second-{person}@example.org", f"third-{person}@example.org"
    confirm(database, person)
    await deliver_news(database, person)

    for address in (second, third):
        confirm(database, person, address)
        await deliver_news(database, person)

    assert mails(database, first)[1:] == ["Your Mend account has another mail address"] * 2
    assert mails(database, second) == mails(database, third) == []


async def test_mails_about_an_account_cannot_be_switched_off(client_for: ClientFactory, database: Clone) -> None:
    """They are sent without consent to messages, without channels, in quiet hours, and in the person's language."""
    off: dict[str, Any] = {
        "channels": {"push": False, "email": False, "in_app": False},
        "quiet_hours": {"from": "00:00", "to": "23:59"},
    }
    me = await create_recipient(client_for, **off)
    await client_for("account", me.person).patch("/profile", json={"locale": "de"})
    database.rows("DELETE FROM public.consents WHERE user_id = %s RETURNING user_id", me.person)
    confirm(database, me.person)

    await deliver_news(database, me.person)

    assert mails(database, address_of(me.person)) == ["Willkommen bei Mend"]


async def test_a_failure_of_ours_refuses_no_sign_in(person: UUID, database: Clone) -> None:
    """The mail is lost, and the sign-in is not."""
    confirm(database, person)
    before = len(events(database, OUTBOX, "account.changed", person))
    with database.admin() as conn:
        conn.execute("ALTER TABLE mend.outbox ADD CONSTRAINT broken CHECK (type <> 'account.changed') NOT VALID")
        try:
            conn.execute("UPDATE auth.users SET last_sign_in_at = now() WHERE id = %s", (person,))
        finally:
            conn.execute("ALTER TABLE mend.outbox DROP CONSTRAINT broken")

    assert len(events(database, OUTBOX, "account.changed", person)) == before


async def erased(account: Client, database: Clone) -> Event:
    """Ask for the erasure of an account; return its event."""
    receipt = (await ask(account)).json()["receipt"]["id"]
    [event] = events(database, ERASURES, receipt)
    return event


async def test_the_last_mail_is_sent_before_the_address_is_gone(client_for: ClientFactory, database: Clone) -> None:
    """The erasure waits for it. It is sent once."""
    account = client_for("account")
    confirm(database, account.person)
    event = await erased(account, database)
    address = address_of(account.person)
    assert await deliver(erasure_consumer, event)
    assert database.rows("SELECT email FROM auth.users WHERE id = %s", account.person) == [(address,)]

    for _ in range(2):
        assert await deliver(reminder_consumer, event)
    sent = mails(database, address)
    [_, again] = events(database, ERASURES, event.data["receipt_id"])
    assert await deliver(erasure_consumer, again)

    assert sent == ["Your Mend account is being erased"]
    assert database.rows("SELECT email FROM auth.users WHERE id = %s", account.person) == []


async def test_an_erasure_does_not_wait_for_mail_for_ever(client_for: ClientFactory, database: Clone) -> None:
    """After an hour it goes on, also where the sender has crashed."""
    account = client_for("account")
    confirm(database, account.person)
    event = await erased(account, database)
    database.rows(
        "UPDATE mend.erasures SET mail_state = 'sending', requested_at = %s WHERE user_id = %s RETURNING id",
        utc_now() - timedelta(hours=1),
        account.person,
    )

    assert await deliver(erasure_consumer, tick("schedule.erasure", utc_now()))
    assert await deliver(reminder_consumer, event)

    assert database.rows("SELECT email FROM auth.users WHERE id = %s", account.person) == []
    assert mails(database, address_of(account.person)) == []


async def test_a_last_mail_that_no_provider_takes_is_tried_again(
    client_for: ClientFactory, database: Clone, mail_away: MailAway
) -> None:
    """The event is delivered again, and then the mail is sent."""
    account = client_for("account")
    confirm(database, account.person)
    event = await erased(account, database)
    async with mail_away():
        refused = await deliver(reminder_consumer, event)

    accepted = await deliver(reminder_consumer, event)

    assert (refused, accepted) == (False, True)
    assert mails(database, address_of(account.person)) == ["Your Mend account is being erased"]


async def test_an_erasure_of_nobody_sends_nothing(services: Services, database: Clone) -> None:
    """Such as one whose row is not known, or that was restored from a backup."""
    assert services
    receipt = uuid4()
    event = Event(type="user.erased", occurred_at=utc_now(), data={"receipt_id": str(receipt)})

    assert await deliver(reminder_consumer, event)

    assert database.rows("SELECT count(*) FROM local.mails WHERE key = %s", str(receipt)) == [(0,)]
