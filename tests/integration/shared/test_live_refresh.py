"""Live documents follow the record, also after an outage of Firestore, and never delay the change they show."""

from datetime import timedelta
from types import ModuleType
from uuid import uuid4

import pytest
from pydantic import JsonValue

from functions.checkin import live as streak
from functions.checkin.main import event_consumer as checkin_events
from functions.notify import live as inbox
from functions.notify.main import event_consumer as notify_events
from functions.plan import live as plan_today
from functions.plan.main import event_consumer as plan_events
from functions.recommend import live as feed
from functions.recommend.main import event_consumer as recommend_events
from shared.clock import utc_now
from shared.events import Consumer, Event, tick
from shared.events.types import mood_recorded
from shared.live.refresh import AT_ONCE, LEASE, LiveRefresher, request_document
from shared.services import Services, use
from tests.conftest import LATE_REMINDERS, Client, ClientFactory, ClockMover, Clone, sign_up
from tests.event_delivery import deliver
from tests.integration.conftest import close_with_firestore
from tests.servers import have_firestore

SAD_TO_PEACEFUL: dict[str, object] = {"current": "sad", "target": "peaceful"}
CALM = {"mood": "calm", "intensity": 3}
CRISIS = {"mood": "sad", "intensity": 9, "note": "I do not want to live any more and I am going to kill myself tonight"}
DUE = "SELECT count(*) FROM mend.live_documents_due"
DUE_NAMED = f"{DUE} WHERE name = %s"
DOCUMENT = "SELECT document FROM public.live_documents WHERE user_id = %s AND name = 'streak'"
DELIVERED_EVENTS = """
    SELECT id, type, user_id, occurred_at, data FROM mend.outbox
    WHERE user_id = %s AND type = 'mood.recorded' ORDER BY id
"""


def mood_events(database: Clone, client: Client) -> list[Event]:
    names = ("id", "type", "user_id", "occurred_at", "data")
    return [Event(**dict(zip(names, row, strict=True))) for row in database.rows(DELIVERED_EVENTS, client.person)]


async def live_tick(consumer: Consumer) -> None:
    assert await deliver(consumer, tick("schedule.live", utc_now()))


@pytest.mark.firestore
@pytest.mark.skipif(not have_firestore(), reason="`npm ci` in tests/tools installs it")
async def test_danger_pauses_a_plan_at_once_while_firestore_is_away(  # noqa: PLR0913, PLR0917 - fixtures
    refusing: str,
    emulator: str,
    firestore: Services,
    client_for: ClientFactory,
    database: Clone,
    monkeypatch: pytest.MonkeyPatch,
    move_clock: ClockMover,
) -> None:
    """The first delivery is acknowledged with its effect. Once Firestore is back, a tick writes every document."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", refusing)
    app = client_for("plan")
    assert (await app.post("/", json=SAD_TO_PEACEFUL)).status_code == 201
    await client_for("checkin", app.person).post("/", json=CRISIS)
    [row] = database.rows(
        "SELECT id, occurred_at FROM mend.outbox WHERE user_id = %s AND type = 'care.opened'", app.person
    )
    event = Event(id=row[0], type="care.opened", user_id=app.person, occurred_at=row[1], data={})

    assert [await deliver(consumer, event) for consumer in (plan_events, checkin_events)] == [True, True]

    assert database.value("SELECT status FROM public.elevation_plans WHERE user_id = %s", app.person) == "paused"
    planned = "SELECT count(*) FROM public.notifications WHERE user_id = %s AND kind = 'plan' AND state = 'planned'"
    assert database.value(planned, app.person) == 0
    assert database.value(DUE) == 2
    assert database.value("SELECT count(*) FROM mend.dead_letters") == 0

    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    back = Services(firestore.settings)
    use(back)
    move_clock(LEASE + timedelta(seconds=1))
    await live_tick(plan_events)
    await live_tick(checkin_events)

    assert database.value(DUE) == 0
    assert await written(back, app) == await built(back, app)
    await close_with_firestore(back)


@pytest.mark.firestore
@pytest.mark.skipif(not have_firestore(), reason="`npm ci` in tests/tools installs it")
@pytest.mark.parametrize(
    ("consumer", "document"),
    [(checkin_events, streak), (recommend_events, feed), (plan_events, plan_today), (notify_events, inbox)],
    ids=["checkin", "recommend", "plan", "notify"],
)
async def test_every_function_writes_its_document_to_firestore(  # noqa: PLR0913, PLR0917 - fixtures
    consumer: Consumer,
    document: ModuleType,
    emulator: str,
    firestore: Services,
    client_for: ClientFactory,
    database: Clone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The document that an app reads there has every field that was built, with its value."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    app = client_for("plan")
    assert (await client_for("checkin", app.person).post("/", json=CALM)).status_code == 201
    assert (await app.post("/", json=SAD_TO_PEACEFUL | {"reminders": LATE_REMINDERS})).status_code == 201
    async with firestore.database.service() as conn:
        request_document(conn, app.person, document.DOCUMENT_NAME)

    await live_tick(consumer)

    async with firestore.database.service() as conn:
        expected = dict((await document.build(conn, app.person, utc_now())).fields)
    stored = await firestore.live.get(app.person, document.DOCUMENT_NAME)
    assert stored
    assert {**stored, "made_at": None} == {**expected, "made_at": None}
    assert database.value(DUE_NAMED, document.DOCUMENT_NAME) == 0


async def written(services: Services, client: Client) -> list[dict[str, JsonValue] | None]:
    """What the app would show: an expired document is none."""
    return [await services.live.get(client.person, name) for name in (streak.DOCUMENT_NAME, plan_today.DOCUMENT_NAME)]


async def built(services: Services, client: Client) -> list[dict[str, JsonValue] | None]:
    """The documents as built from the record now."""
    async with services.database.service() as conn:
        documents = [await builder(conn, client.person, utc_now()) for builder in (streak.build, plan_today.build)]
    return [dict(each.fields) if each and each.expires_at > utc_now() else None for each in documents]


async def test_a_document_is_written_with_the_event(me: Client, database: Clone) -> None:
    """Where its store answers, nothing is left to the tick."""
    await me.post("/", json=CALM)
    [event] = mood_events(database, me)

    assert await deliver(checkin_events, event)

    assert database.value(DOCUMENT, me.person)["current"] == 1
    assert database.value(DUE) == 0


async def test_a_tick_writes_what_a_dead_consumer_left(client_for: ClientFactory, database: Clone) -> None:
    """The consumer died between its commit and the write; the documents of many people lag."""
    people = [client_for() for _ in range(2 * AT_ONCE + 1)]
    for client in people:
        await client.post("/", json=CALM)
    with database.admin() as admin:
        admin.execute(
            "INSERT INTO mend.live_documents_due (user_id, name, requested_at) SELECT id, 'streak', %s FROM auth.users",
            (utc_now(),),
        )

    await live_tick(checkin_events)

    assert [database.value(DOCUMENT, client.person)["current"] for client in people] == [1] * len(people)
    assert database.value(DUE) == 0


async def test_a_document_that_another_process_writes_is_left_alone(
    me: Client, services: Services, database: Clone, move_clock: ClockMover
) -> None:
    """Until its lease ends, since that process may have died: an older state never replaces a newer one."""
    await me.post("/", json=CALM)
    async with services.database.service() as conn:
        request_document(conn, me.person, "streak")
    with database.admin() as admin:
        admin.execute("UPDATE mend.live_documents_due SET leased_until = %s", (utc_now() + LEASE,))

    await streak.documents.refresh([me.person])
    assert database.rows(DOCUMENT, me.person) == []

    move_clock(LEASE + timedelta(seconds=1))
    await streak.documents.refresh([me.person])
    assert database.value(DOCUMENT, me.person)["current"] == 1


async def test_a_change_during_the_write_is_written_as_well(services: Services, database: Clone) -> None:
    """It finds the lease taken and leaves the document to its holder, who then writes once more."""
    person = sign_up(database)
    counts: list[int] = []

    async def build(_: object, __: object, ___: object) -> None:
        if not counts:
            async with services.database.service() as other:
                request_document(other, person, "streak")
        counts.append(len(counts))

    async with services.database.service() as conn:
        request_document(conn, person, "streak")
    await LiveRefresher({"streak": build}).refresh([person])

    assert counts == [0, 1]
    assert database.value(DUE) == 0


async def test_a_document_that_cannot_be_built_holds_up_no_other(client_for: ClientFactory, database: Clone) -> None:
    """A fault of ours for some people, and more of them than are written at once."""
    people = [client_for() for _ in range(AT_ONCE + 2)]
    for client in people:
        await client.post("/", json=CALM)
    unlucky, lucky = people[1:], people[0]
    with database.admin() as admin:
        for client in people:
            admin.execute(
                "INSERT INTO mend.live_documents_due (user_id, name, requested_at) VALUES (%s, 'streak', %s)",
                (client.person, utc_now()),
            )
        admin.execute(
            "UPDATE public.user_profiles SET timezone = 'Nowhere/Land' WHERE user_id = ANY(%s)",
            ([client.person for client in unlucky],),
        )
        admin.execute(
            "INSERT INTO public.user_profiles (user_id, timezone) SELECT unnest(%s::uuid[]), 'Nowhere/Land'"
            " ON CONFLICT DO NOTHING",
            ([client.person for client in unlucky],),
        )

    await live_tick(checkin_events)

    assert database.value(DOCUMENT, lucky.person)["current"] == 1
    assert database.value(DUE) == len(unlucky)


async def test_somebody_who_is_gone_has_no_documents(services: Services, database: Clone) -> None:
    """A late event about them is handled without a trace."""
    assert await deliver(checkin_events, mood_recorded(uuid4(), utc_now()))

    assert database.value(DUE) == 0
    assert services
