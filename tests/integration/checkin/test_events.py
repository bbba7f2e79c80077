"""Events after changes of entries: ids, never health data."""

import json
from typing import Any

from tests.conftest import Client, Clone
from tests.integration.checkin.diary import checked_in

EVENTS = "SELECT type, data, user_id FROM mend.outbox WHERE user_id = %s ORDER BY id"
SECRETS = {"mood": "hopeless", "note": "canary-note I want to kill myself", "factors": ["canary-factor"]}
NOON = "2026-03-01T12:00:00Z"
ANOTHER_ID = "0190a7b2-0000-7000-8000-000000000001"
DIARY = (
    "full_date,date,weekday,time,mood,activities,note_title,note\n"
    "2026-03-02,,,20:00,hopeless,canary-factor,,canary-note\n"
)


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
    """No mood, intensity, note or factor: only ids."""
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
    assert {name for _, data in events for name in data} == {"entry_ids"}


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
