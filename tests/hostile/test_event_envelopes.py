"""Invalid events are acknowledged and parked; events that fail for now are delivered again."""

import asyncio
import base64
import json
from copy import deepcopy
from datetime import timedelta
from itertools import cycle
from typing import Any, Literal, get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import SecretStr

from infra.registry import registry
from shared.clock import utc_now
from shared.events import push_message
from shared.events.consumer import MAX_BYTES
from shared.events.dead_letters import MAX_PARKED_PER_DAY
from shared.events.envelope import MAX_EVENTS
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import ClockMover, Clone
from tests.event_delivery import event_for
from tests.hostile.refusals import CANARY
from tests.hostile.routes import served
from tests.hostile.wire import RawRequest, Reply, send

CONSUMERS = [name for name, function in registry().functions.items() if function.trigger == "events"]
TEN_MEGABYTES = 10 * 1024 * 1024
Json = Any
Form = Literal["push", "binary", "structured"]
# Each consumer in one form, each form with several: that all read all forms, the duplicates show.
IN_TURN = dict(zip(CONSUMERS, cycle(get_args(Form)), strict=False))

pytestmark = pytest.mark.parametrize("consumer", CONSUMERS)


@pytest.fixture(autouse=True)
async def _served(services: Services) -> None:
    assert services


def carrying(body: bytes) -> Json:
    return {
        "message": {"data": base64.b64encode(body).decode(), "messageId": "1", "publishTime": "2026-01-02T10:00:00Z"}
    }


def without(message: Json, *path: str) -> Json:
    copy = deepcopy(message)
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return copy


async def deliver(consumer: str, data: Json | bytes, form: Form = "push") -> Reply:
    """As a raw push, or as Eventarc's CloudEvent in binary or structured mode."""
    kind, content_type = "google.cloud.pubsub.topic.v1.messagePublished", "application/json"
    about = {"id": str(uuid4()), "source": "//pubsub", "specversion": "1.0", "type": kind}
    headers = {f"ce-{name}": value for name, value in about.items()} if form == "binary" else {}
    if form == "structured":
        data, content_type = {**about, "data": data}, "application/cloudevents+json; charset=utf-8"
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    lines = [(name.encode(), value.encode()) for name, value in {**headers, "content-type": content_type}.items()]
    return await send(served(consumer), RawRequest("POST", b"/", headers=tuple(lines), body=body))


def parked(database: Clone) -> list[tuple[str, Json, str]]:
    return [
        tuple(row)
        for row in database.rows("SELECT consumer, envelope, reason FROM mend.dead_letters ORDER BY parked_at")
    ]


def unreadable(consumer: str) -> dict[str, Json]:
    good = push_message(event_for(consumer))
    event = json.loads(event_for(consumer).model_dump_json())

    def changed(**fields: Json) -> Json:
        return carrying(json.dumps({**event, **fields}).encode())

    return {
        "nothing": None,
        "a word": CANARY,
        "a list": [],
        "no message": {},
        "message of a word": {"message": CANARY},
        "message of nothing": {"message": None},
        "no data": without(good, "message", "data"),
        "data of nothing": {"message": {"data": None}},
        "data of a number": {"message": {"data": 7}},
        "bad base64": {"message": {"data": "%%%" + CANARY}},
        "base64 of nothing": carrying(b""),
        "base64 of noise": carrying(bytes(range(256))),
        "base64 of half a JSON": carrying(b'{"id": '),
        "base64 of an empty list": carrying(b"[]"),
        "base64 of 10,000 numbers": carrying(json.dumps([1] * 10_000).encode()),
        "base64 of too many events": carrying(json.dumps([event] * (MAX_EVENTS + 1)).encode()),
        "base64 of a list in a list": carrying(json.dumps([[event]]).encode()),
        "base64 of a list of a text": carrying(json.dumps([CANARY]).encode()),
        "base64 of null": carrying(b"null"),
        "base64 of deep lists": carrying(b"[" * 100_000),
        "base64 of NaN": carrying(b"NaN"),
        "no type": carrying(json.dumps(without(event, "type")).encode()),
        "no time": carrying(json.dumps(without(event, "occurred_at")).encode()),
        "a bad id": changed(id=CANARY),
        "a type of a number": changed(type=7),
        "a type with spaces": changed(type="drop table"),
        "a bad person": changed(user_id=CANARY),
        "no such day": changed(occurred_at="2026-02-30T00:00:00Z"),
        "no zone": changed(occurred_at="2026-02-03T00:00:00"),
        "data of the event a list": changed(data=[1]),
        "an unknown version": changed(version=99),
        "a version of a word": changed(version=CANARY),
        "a NUL": changed(type="mood\0recorded"),
        "a tick without a time": {"message": {"data": base64.b64encode(b'{"type": "schedule.relay"}').decode()}},
        "a tick at no time": {
            "message": {"data": base64.b64encode(b'{"type": "schedule.relay"}').decode(), "publishTime": CANARY}
        },
    }


async def test_what_cannot_be_read_is_acknowledged_and_parked(consumer: str, database: Clone) -> None:
    """An unreadable envelope is stored with the reason, and not delivered again."""
    for number, (what, message) in enumerate(unreadable(consumer).items(), 1):
        reply = await deliver(consumer, message, IN_TURN[consumer])
        assert (reply.status, len(parked(database))) == (200, number), what

    assert {name for name, _, _ in parked(database)} == {consumer}
    assert database.value("SELECT count(*) FROM mend.event_claims") == 0
    assert not [reason for _, _, reason in parked(database) if CANARY in reason]


async def test_what_is_not_even_json_is_parked_as_it_came(consumer: str, database: Clone) -> None:
    """Content that no JSON column can store is stored as text."""
    bodies = (
        *(b"", b"{" + CANARY.encode(), b"\xff\xfe", b"NaN", b'{"a": 1e400}'),
        *(b'"\\u0000"', b'"\\ud800"', b'"\\\\u0000"', b"[" * 100_000, b"[" * 5_000 + b"]" * 5_000),
    )
    for body in bodies:
        assert (await deliver(consumer, body)).status == 200, body

    assert [envelope for _, envelope, _ in parked(database)] == [ascii(body) for body in bodies]


async def test_a_parked_envelope_can_be_read_by_an_operator(consumer: str, database: Clone) -> None:
    """The stored content equals what was received."""
    message = {"message": {"data": "%%%" + CANARY, "attributes": {"a": "b"}}}
    await deliver(consumer, message)

    assert [envelope for _, envelope, _ in parked(database)] == [message]


async def test_what_is_too_large_is_refused_and_not_parked(consumer: str, database: Clone) -> None:
    """Content over the limit, which no event of ours reaches, is not read to its end and not stored."""
    event = event_for(consumer)
    event.data["filler"] = "x" * (MAX_BYTES * 6 // 10)
    assert (await deliver(consumer, push_message(event))).status == 200
    replies = [await deliver(consumer, b"x" * size) for size in (MAX_BYTES + 1, TEN_MEGABYTES)]

    assert [reply.status for reply in replies] == [413, 413]
    assert parked(database) == []


async def test_an_event_is_only_taken_by_post(consumer: str, database: Clone) -> None:
    replies = [await send(served(consumer), RawRequest(method, b"/")) for method in ("GET", "PUT", "DELETE")]

    assert [reply.status for reply in replies] == [405] * 3
    assert parked(database) == []


async def test_what_is_not_listened_to_is_parked(consumer: str, database: Clone) -> None:
    """An event of an unexpected type is parked at once, and no handler is called."""
    strangers = {kind for function in registry().functions.values() for kind in function.listens}
    strangers -= {*registry().functions[consumer].listens}
    for kind in sorted(strangers):
        stranger = event_for(consumer).model_copy(update={"id": uuid4(), "type": kind})
        assert (await deliver(consumer, push_message(stranger))).status == 200

    assert [reason for _, _, reason in parked(database)] == ["this function does not handle events of this type"] * len(
        strangers
    )


async def test_an_event_that_fails_for_now_comes_again(consumer: str, settings: Settings, services: Services) -> None:
    """Without Postgres, events are not acknowledged."""
    away = Services(settings.model_copy(update={"database_url": SecretStr("host=127.0.0.1 port=1 dbname=nothing")}))
    use(away)
    good, bad = push_message(event_for(consumer)), {"message": CANARY}
    replies = await asyncio.gather(deliver(consumer, good), deliver(consumer, bad))
    await away.database.close()
    use(services)

    assert [reply.status for reply in replies] == [503, 503]
    assert not any(reply.mentions(CANARY) for reply in replies)


async def test_an_event_is_acknowledged_once_it_is_handled(consumer: str, database: Clone) -> None:
    """A valid event is claimed, and duplicates in any form are acknowledged without effect."""
    message = push_message(event_for(consumer))

    assert [(await deliver(consumer, message, form)).status for form in get_args(Form)] == [200] * 3
    assert database.value("SELECT count(*) FROM mend.event_claims WHERE consumer = %s", consumer) == 1
    assert parked(database) == []


async def test_a_bad_event_among_good_ones_is_parked_alone(consumer: str, database: Clone) -> None:
    """Of different people, one of them twice; the message is acknowledged, and again without effect."""
    good = [json.loads(event_for(consumer).model_dump_json()) for _ in range(3)]
    stranger = {**good[0], "id": str(uuid4()), "type": "some.stranger"}
    message = carrying(json.dumps([good[0], CANARY, good[1], stranger, good[0], good[2]]).encode())

    assert [(await deliver(consumer, message, IN_TURN[consumer])).status for _ in range(2)] == [200, 200]
    assert {reason for _, _, reason in parked(database)} == {
        "the envelope cannot be read",
        "this function does not handle events of this type",
    }
    handled = database.rows("SELECT event_id FROM mend.event_claims WHERE consumer = %s", consumer)
    assert {str(event_id) for (event_id,) in handled} == {event["id"] for event in [*good, stranger]}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@examples(max_examples=60)
@given(body=anything, inside=st.booleans())
async def test_any_json_is_acknowledged(consumer: str, body: Json, *, inside: bool) -> None:
    """Any JSON is handled or parked, so that it is not delivered for ever."""
    message = carrying(json.dumps(body).encode()) if inside else body

    assert (await deliver(consumer, message)).status == 200


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=365 * 70)], ids=["minutes", "decades"])
async def test_an_event_from_the_future_is_parked(consumer: str, database: Clone, ahead: timedelta) -> None:
    """Otherwise one event could stop a person's notifications for decades, or delete data that is still kept."""
    event = event_for(consumer).model_copy(update={"occurred_at": utc_now() + ahead})

    assert (await deliver(consumer, push_message(event))).status == 200
    assert [reason for _, _, reason in parked(database)] == ["its time is in the future"]


async def test_the_same_unreadable_body_is_parked_once(consumer: str, database: Clone) -> None:
    """However often it is sent; the letter counts."""
    for _ in range(3):
        assert (await deliver(consumer, b"{" + CANARY.encode())).status == 200
    await deliver(consumer, b"{")

    assert database.rows("SELECT attempts FROM mend.dead_letters ORDER BY attempts") == [(1,), (3,)]


async def test_a_consumer_parks_a_thousand_events_a_day(consumer: str, database: Clone, move_clock: ClockMover) -> None:
    """What exceeds that stays with Pub/Sub, so that nobody can fill the database; the next day there is room again."""
    with database.admin() as admin:
        admin.execute(
            "INSERT INTO mend.dead_letters (consumer, envelope, reason, attempts, parked_at)"
            " SELECT %s, '{}', '', 1, %s FROM generate_series(1, %s)",
            (consumer, utc_now(), MAX_PARKED_PER_DAY - 1),
        )
    stranger = event_for(consumer).model_copy(update={"type": "some.stranger"})

    statuses = [(await deliver(consumer, message)).status for message in (b"{", b"[", push_message(stranger))]

    assert statuses == [200, 503, 503]
    assert database.value("SELECT count(*) FROM mend.event_claims") == 0
    move_clock(timedelta(days=1, minutes=1))
    assert (await deliver(consumer, b"[")).status == 200
