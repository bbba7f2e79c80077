"""Events after changes of entries: ids, never health data."""

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.registry import registry
from shared.clock import utc_now
from shared.events.envelope import attributes_of
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.checkin.diary import checked_in

EVENTS = "SELECT type, data, user_id FROM mend.outbox WHERE user_id = %s ORDER BY id"
SECRETS = {"mood": "hopeless", "note": "canary-note I want to kill myself", "factors": ["canary-factor"]}
NOON = "2026-03-01T12:00:00Z"
ANOTHER_ID = "0190a7b2-0000-7000-8000-000000000001"
DIARY = (
    "full_date,date,weekday,time,mood,activities,note_title,note\n"
    "2026-03-02,,,20:00,hopeless,canary-factor,,canary-note\n"
)


@pytest.fixture(autouse=True)
def _noon(move_clock: ClockMover) -> None:
    """It is noon UTC today: a plan can still begin today, and the day does not end during a test."""
    now = utc_now()
    move_clock(now.replace(hour=12, minute=0, second=0, microsecond=0) - now)


def events_of(client: Client, database: Clone) -> list[tuple[str, dict[str, Any]]]:
    return [(kind, data) for kind, data, _ in database.rows(EVENTS, client.person)]


async def test_every_change_emits_an_event(me: Client, database: Clone) -> None:
    """One event for each kind of change, with the ids of its entries, and one without ids for a whole import."""
    entry = await checked_in(me, **SECRETS, occurred_at=NOON)
    entry_id = entry["mood_id"]
    queued = {"id": ANOTHER_ID, "intensity": 5, "occurred_at": NOON, **SECRETS}
    await me.patch(f"/{entry_id}", json={"note": "canary-note"})
    await me.delete(f"/{entry_id}")
    await me.post("/batch", json={"entries": [queued]})
    await me.post("/batch", json={"entries": [queued | {"intensity": 6, "edited_at": "2026-03-02T12:00:00Z"}]})
    await me.post("/batch", json={"entries": [{"id": ANOTHER_ID, "deleted": True}]})
    await me.post("/import", content=DIARY, headers={"Content-Type": "text/csv"})

    events = events_of(me, database)

    assert [kind for kind, _ in events if kind != "care.opened"] == [
        *("mood.recorded", "mood.changed", "mood.deleted"),
        *("mood.recorded", "mood.changed", "mood.deleted"),
        "mood.changed",
    ]
    assert [data["entry_ids"] for kind, data in events if kind != "care.opened"] == [[entry_id]] * 3 + [
        [ANOTHER_ID]
    ] * 3 + [[]]
    assert events[-1][1] == {"entry_ids": []}


async def test_no_event_contains_health_data(me: Client, database: Clone) -> None:
    """No mood, intensity, note or factor: only ids, and whom the entry concerns."""
    entry = await checked_in(me, **SECRETS, occurred_at=NOON)
    await me.post("/batch", json={"entries": [{"intensity": 5, "occurred_at": NOON, **SECRETS}]})
    await me.post("/import", content=DIARY, headers={"Content-Type": "text/csv"})
    await me.patch(f"/{entry['mood_id']}", json=SECRETS)
    await me.delete(f"/{entry['mood_id']}")

    events = events_of(me, database)

    assert len([kind for kind, _ in events if kind != "care.opened"]) == 5
    assert {"canary", "hopeless", "kill"}.isdisjoint(
        json.dumps(events).lower().replace("-", " ").replace('"', " ").split()
    )
    assert {name for _, data in events for name in data} == {"entry_ids", "plan", "streak", "note"}


async def test_a_request_without_effect_emits_no_event(me: Client, database: Clone) -> None:
    """Repeated, refused and reading requests emit nothing."""
    draft = {"id": ANOTHER_ID, "mood": "okay", "intensity": 5, "occurred_at": NOON}
    await checked_in(me, **draft)
    before = events_of(me, database)

    await me.post("/", json=draft)
    await me.post("/", json=draft | {"intensity": 6})
    await me.post("/batch", json={"entries": [draft, {"mood": "meh"}, {"id": str(me.person), "deleted": True}]})
    await me.post("/import", content=DIARY, headers={"Content-Type": "text/csv"}, params={"dry_run": True})
    await me.get("/")
    await me.get("/export.csv")

    assert events_of(me, database) == before


def concerned(client: Client, database: Clone) -> list[set[str]]:
    """For each check-in, the functions that are called for it."""
    return [
        set(registry().listeners(kind, attributes_of(kind, data)))
        for kind, data in events_of(client, database)
        if kind == "mood.recorded"
    ]


async def test_a_check_in_calls_those_whom_it_concerns(me: Client, database: Clone) -> None:
    """The first one ever, a second one of the day, one with a note: nobody is called without something to do."""
    for fields in ({}, {}, {"note": "slept badly"}):
        await checked_in(me, mood="calm", intensity=3, **fields)

    assert concerned(me, database) == [
        {"checkin_events", "notify_events", "recommend_events"},
        {"recommend_events"},
        {"recommend_events", "safety_review"},
    ]


async def test_a_new_day_of_the_streak_calls_for_a_message_at_a_milestone(
    me: Client, client_for: ClientFactory, database: Clone, move_clock: ClockMover
) -> None:
    """The document of the streak changes every day, and a message comes on the third."""
    for _ in range(4):
        await checked_in(client_for("checkin", me.person), mood="calm", intensity=3)
        move_clock(timedelta(days=1))

    calls = concerned(me, database)

    assert all("checkin_events" in called for called in calls)
    assert ["notify_events" in called for called in calls] == [True, False, True, False]


async def test_an_entry_of_an_earlier_day_calls_everybody(me: Client, database: Clone) -> None:
    """All entries were counted, so the streak may have become any other."""
    await checked_in(me, mood="calm", intensity=3)
    earlier = utc_now() - timedelta(days=1)
    await checked_in(me, mood="calm", intensity=3, occurred_at=earlier.isoformat())

    assert {"checkin_events", "notify_events"} <= concerned(me, database)[1]


@pytest.mark.parametrize(
    ("starts_in", "status", "called"), [(0, "active", True), (3, "active", True), (0, "paused", False)]
)
async def test_a_check_in_calls_the_plan_that_is_active(
    client_for: ClientFactory,
    database: Clone,
    starts_in: int,
    status: str,
    called: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Also one that begins later, and has nothing for today. A paused one follows no mood."""
    plan, day = client_for("plan"), utc_now().date() + timedelta(days=starts_in)
    made = await plan.post("/", json={"current": "sad", "target": "peaceful", "start_date": day.isoformat()})
    assert made.status_code == 201, made.text
    assert (await plan.patch(f"/{made.json()['plan_id']}", json={"status": status})).status_code == 200
    me = client_for("checkin", plan.person)

    await checked_in(me, mood="angry", intensity=8)

    assert [("plan_events" in functions) for functions in concerned(me, database)] == [called]


async def test_a_batch_and_an_import_call_everybody(me: Client, database: Clone) -> None:
    """Their events say of no entry whom it concerns."""
    await me.post("/batch", json={"entries": [{"mood": "calm", "intensity": 5, "occurred_at": NOON}]})

    assert concerned(me, database) == [set(registry().listeners("mood.recorded"))]
