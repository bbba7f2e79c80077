"""The events of an offline queue: as few as possible, with the effects of one event for each entry."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest

from functions.checkin.main import event_consumer as checkin_events
from functions.companion.main import review_consumer as safety_review
from functions.insights.main import event_consumer as insights_events
from functions.notify.main import event_consumer as notify_events
from functions.plan.main import event_consumer as plan_events
from functions.recommend.main import event_consumer as recommend_events
from infra.registry import registry
from shared.clock import utc_now
from shared.events import Event
from shared.events.types import EntryReferences
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.event_delivery import deliver
from tests.integration.notify.scenario import create_recipient

CONSUMERS = {
    each.name: each
    for each in (checkin_events, insights_events, notify_events, plan_events, recommend_events, safety_review)
}
MOOD_EVENTS = """
    SELECT id, type, user_id, occurred_at, data FROM mend.outbox
    WHERE user_id = %s AND type ~ '^(mood|care)[.]' ORDER BY type LIKE 'mood.%%', id
"""
# What events of moods change, without ids and times that differ between any two people.
EFFECTS = {
    "streak": "SELECT document FROM public.live_documents WHERE user_id = %s AND name = 'streak'",
    "documents": "SELECT name FROM public.live_documents WHERE user_id = %s ORDER BY name",
    "learned": "SELECT uplift_sums, beliefs, learned_until, entry_count FROM mend.person_learning WHERE user_id = %s",
    "plan": "SELECT status, start_date, last_date FROM public.elevation_plans WHERE user_id = %s",
    "days": "SELECT day, local_date, from_mood, target FROM public.plan_days WHERE user_id = %s ORDER BY day",
    "changes": "SELECT reason, message, days FROM public.plan_changes WHERE user_id = %s ORDER BY reason",
    "notifications": "SELECT kind, slot FROM public.notifications WHERE user_id = %s ORDER BY kind, slot",
    "care": "SELECT grade FROM public.care_periods WHERE user_id = %s",
}
CRISIS = "I do not want to live any more and I am going to kill myself tonight"
MIDNIGHT_OF_MARCH = "2026-03-01T00:00:00Z"


class Entry(NamedTuple):
    days_ago: int
    mood: str
    note: str | None = None

    def draft(self, **fields: object) -> dict[str, object]:
        moment = utc_now() - timedelta(days=self.days_ago)
        return {"id": str(uuid4()), "mood": self.mood, "intensity": 6, "note": self.note} | {
            "occurred_at": moment.isoformat(),
            **fields,
        }


# Three days in a row: a milestone of the streak. The mood of today is off the arc of the plan.
QUEUE = [Entry(1, "calm"), Entry(0, "angry"), Entry(2, "sad"), Entry(1, "lonely")]


@pytest.fixture(autouse=True)
def _noon(move_clock: ClockMover) -> None:
    """It is noon UTC today: late enough for an entry of this morning, and early enough for a plan to begin today."""
    now = utc_now()
    move_clock(now.replace(hour=12, minute=0, second=0, microsecond=0) - now)


async def person_with_plan(client_for: ClientFactory) -> Client:
    """A person who gets every kind of notification, and has a plan."""
    client = client_for("checkin", (await create_recipient(client_for)).person)
    response = await client_for("plan", client.person).post(
        "/", json={"current": "sad", "target": "peaceful", "duration": 10}
    )
    assert response.status_code == 201, response.text
    return client


async def send_batch(client: Client, drafts: Sequence[object]) -> None:
    response = await client.post("/batch", json={"entries": drafts})
    assert response.status_code == 200, response.text
    assert "invalid" not in {result["status"] for result in response.json()["results"]}


async def send_singly(client: Client, drafts: Sequence[object]) -> None:
    for draft in drafts:
        assert (await client.post("/", json=draft)).status_code == 201


def mood_events(database: Clone, client: Client) -> list[Event]:
    names = ("id", "type", "user_id", "occurred_at", "data")
    return [Event(**dict(zip(names, row, strict=True))) for row in database.rows(MOOD_EVENTS, client.person)]


def deliveries(events: Sequence[Event]) -> list[tuple[str, Event]]:
    return [(name, event) for event in events for name in registry().listeners(event.type, event.attributes)]


async def deliver_all(events: Sequence[Event]) -> None:
    for name, event in deliveries(events):
        assert await deliver(CONSUMERS[name], event)


def effects(database: Clone, client: Client) -> dict[str, list[Any]]:
    return {name: database.rows(query, client.person) for name, query in EFFECTS.items()}


async def test_a_full_batch_is_one_small_event(me: Client, database: Clone) -> None:
    """200 new entries are one event of a few kilobytes, and one delivery for each function that listens to it.

    Insights count changed days when they are read.
    """
    await send_batch(me, [Entry(number % 7, "sad", "canary").draft() for number in range(200)])

    [event] = mood_events(database, me)

    assert event.type == "mood.recorded"
    assert {name for name, _ in deliveries([event])} == CONSUMERS.keys() - {"insights_events"}
    assert len(event.model_dump_json()) < 16 * 1024
    assert event.data.keys() == {"entry_ids"}
    assert "canary" not in event.model_dump_json()


async def test_a_batch_has_one_event_for_each_kind_of_change(me: Client, database: Clone) -> None:
    """Each event names its entries in the order in which they took place. A new entry is not a changed one as well."""
    changed, deleted = (Entry(3, "okay").draft(occurred_at=MIDNIGHT_OF_MARCH) for _ in range(2))
    await send_batch(me, [changed, deleted])
    new = [Entry(days_ago, "sad").draft() for days_ago in (1, 3, 2)]
    now = utc_now().isoformat()

    await send_batch(
        me,
        [
            *new,
            new[0] | {"note": "and edited", "edited_at": now},
            changed | {"mood": "calm", "edited_at": now},
            {"id": deleted["id"], "deleted": True},
        ],
    )

    events = [(event.type, EntryReferences.from_event(event).entry_ids) for event in mood_events(database, me)[1:]]
    assert events == [
        ("mood.recorded", [UUID(str(new[position]["id"])) for position in (1, 2, 0)]),
        ("mood.changed", [UUID(str(changed["id"]))]),
        ("mood.deleted", [UUID(str(deleted["id"]))]),
    ]


async def test_a_batch_has_the_effects_of_its_entries_one_by_one(client_for: ClientFactory, database: Clone) -> None:
    """Streak, learning, plan, notifications and live documents are the same, whatever the order of the queue."""
    batched, single = await person_with_plan(client_for), await person_with_plan(client_for)
    drafts = [entry.draft() for entry in QUEUE]

    await send_batch(batched, drafts)
    await send_singly(single, drafts[::-1])
    await deliver_all(mood_events(database, batched))
    await deliver_all(mood_events(database, single))

    assert effects(database, batched) == effects(database, single)
    assert (len(mood_events(database, batched)), len(mood_events(database, single))) == (1, 4)
    assert effects(database, batched)["changes"][0][0] == "adjusted"
    assert ("streak", "3") in effects(database, batched)["notifications"]


async def test_edits_in_a_batch_have_the_effects_of_single_edits(client_for: ClientFactory, database: Clone) -> None:
    """Changed and deleted entries are learned again, as after a PATCH and a DELETE."""
    batched, single = await person_with_plan(client_for), await person_with_plan(client_for)
    drafts = [entry.draft() for entry in QUEUE]
    for client in (batched, single):
        await send_batch(client, drafts)
        await deliver_all(mood_events(database, client))

    edit = {"mood": "happy", "edited_at": utc_now().isoformat()}
    await send_batch(batched, [drafts[0] | edit, {"id": drafts[2]["id"], "deleted": True}])
    await single.patch(f"/{drafts[0]['id']}", json={"mood": "happy"})
    await single.delete(f"/{drafts[2]['id']}")
    await deliver_all(mood_events(database, batched)[1:])
    await deliver_all(mood_events(database, single)[1:])

    assert effects(database, batched) == effects(database, single)
    assert effects(database, batched)["learned"][0][3] == 3


@pytest.mark.parametrize("position", [0, 3])
async def test_danger_in_a_batch_does_what_it_does_in_a_check_in(
    client_for: ClientFactory, database: Clone, position: int
) -> None:
    """Wherever it is in the queue, it pauses the plan and starts the care period, and no success is celebrated."""
    batched, single = await person_with_plan(client_for), await person_with_plan(client_for)
    drafts = [entry.draft() for entry in QUEUE]
    drafts[position] |= {"note": CRISIS}

    await send_batch(batched, drafts)
    await send_singly(single, drafts)
    await deliver_all(mood_events(database, batched))
    await deliver_all(mood_events(database, single))

    assert effects(database, batched) == effects(database, single)
    assert [reason for reason, *_ in effects(database, batched)["changes"]] == ["paused_for_care"]
    assert [grade for (grade,) in effects(database, batched)["care"]] == ["immediate"]


async def test_repeated_batches_and_deliveries_change_nothing(client_for: ClientFactory, database: Clone) -> None:
    """A batch that is sent again emits no event, and an event that comes again has no effect."""
    me = await person_with_plan(client_for)
    drafts = [entry.draft() for entry in QUEUE]
    await send_batch(me, drafts)
    events = mood_events(database, me)
    await deliver_all(events)
    before = effects(database, me)

    await send_batch(me, drafts[::-1])
    await deliver_all([*events, *events])

    assert [json.loads(event.model_dump_json()) for event in mood_events(database, me)] == [
        json.loads(event.model_dump_json()) for event in events
    ]
    assert effects(database, me) == before
