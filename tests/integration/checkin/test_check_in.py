"""POST /checkin: one check-in and its answer."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.clock import utc_now
from shared.moods import MOODS
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import at, checked_in, history_of


async def test_a_check_in_answers_with_five_recommendations(me: Client) -> None:
    """A new check-in answers 201 with the entry, five recommendations and the streak."""
    response = await me.post("/", json={"mood": "sad", "intensity": 7})

    assert response.status_code == 201
    answer = response.json()
    assert answer["mood"] == "sad"
    assert len(answer["recommendations"]) == 5
    assert answer["streak"] == {"current": 1, "longest": 1, "checked_in_today": True}
    assert answer["support"] is None


async def test_optional_fields_have_defaults(me: Client) -> None:
    """Only mood and intensity are required. The rest: now, UTC, no note, no factors, a new UUIDv7."""
    before = utc_now()

    answer = await checked_in(me)

    assert UUID(answer["mood_id"]).version == 7
    assert before <= at(answer["occurred_at"]) <= utc_now()
    assert (answer["note"], answer["factors"], answer["timezone"]) == (None, [], "UTC")
    assert answer["local_date"] == at(answer["occurred_at"]).date().isoformat()


async def test_every_field_is_stored_unchanged(me: Client) -> None:
    """The answer and later reads have the values that were sent."""
    draft = {
        "id": str(uuid4()),
        "mood": "grateful",
        "intensity": 10,
        "note": "Gran's bread 🍞\n日記, e\u0301 \u202eend",
        "factors": ["family", "baking | bread"],
        "occurred_at": "2026-03-01T20:15:30.123456Z",
    }

    answer = await checked_in(me, **draft)

    stored = (await me.get(f"/{draft['id']}")).json()
    assert {name: stored[name] for name in stored if name != "occurred_at"}.items() <= answer.items()
    assert {name: stored[name] for name in ("mood", "intensity", "note", "factors")}.items() <= draft.items()
    assert at(stored["occurred_at"]) == at(answer["occurred_at"]) == at("2026-03-01T20:15:30.123456Z")
    assert stored["mood_id"] == draft["id"]


async def test_every_mood_of_the_vocabulary_can_be_recorded(me: Client) -> None:
    """Each answer has five recommendations."""
    answers = [await checked_in(me, mood=mood) for mood in MOODS]

    assert {len(answer["recommendations"]) for answer in answers} == {5}
    assert {entry["mood"] for entry in await history_of(me)} == set(MOODS)


async def test_a_repeated_check_in_answers_the_stored_entry(me: Client) -> None:
    """A client that got no answer may repeat the request: 200, same entry and streak, nothing is added."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7, "factors": ["work"]}
    first = await checked_in(me, **draft)

    second = await me.post("/", json=draft)

    assert second.status_code == 200
    repeated = second.json()
    assert at(repeated.pop("occurred_at")) == at(first.pop("occurred_at"))
    assert {**repeated, "recommendations": []} == {**first, "recommendations": []}
    assert len(repeated["recommendations"]) == 5
    assert len(await history_of(me)) == 1


async def test_concurrent_equal_check_ins_are_stored_once(me: Client, database: Clone) -> None:
    """One answers 201 and the others 200. Each has a list of recommendations of its own, and all lists are stored."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7}

    responses = await asyncio.gather(*(me.post("/", json=draft) for _ in range(6)))

    assert sorted(response.status_code for response in responses) == [200, 200, 200, 200, 200, 201]
    assert len({at(response.json()["occurred_at"]) for response in responses}) == 1
    assert database.value("SELECT count(*) FROM mend.outbox WHERE user_id = %s", me.person) == 1
    list_ids = {response.json()["recommendations"][0]["recommendation_id"] for response in responses}
    stored = database.rows("SELECT id::text FROM recommendations WHERE user_id = %s", me.person)
    assert {row[0] for row in stored} == list_ids
    assert len(list_ids) == len(responses)


@pytest.mark.parametrize(
    "other",
    [
        {"mood": "tired"},
        {"intensity": 8},
        {"note": "different"},
        {"note": None},
        {"factors": []},
        {"factors": ["sleep", "work"]},
        {"occurred_at": "2026-03-01T20:00:01Z"},
    ],
)
async def test_an_id_with_other_contents_is_refused(me: Client, other: dict[str, object]) -> None:
    """An id belongs to one entry: other contents answer 409, and the stored entry stays."""
    draft = {
        "id": str(uuid4()),
        "mood": "sad",
        "intensity": 7,
        "note": "long day",
        "factors": ["work", "sleep"],
        "occurred_at": "2026-03-01T20:00:00Z",
    }
    await checked_in(me, **draft)
    [before] = await history_of(me)

    response = await me.post("/", json={**draft, **other})

    assert (response.status_code, response.json()["code"]) == (409, "entry_differs")
    assert await history_of(me) == [before]


async def test_the_id_of_a_deleted_entry_is_refused(me: Client) -> None:
    """A repeated request does not restore a deleted entry."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7}
    await checked_in(me, **draft)
    await me.delete(f"/{draft['id']}")

    response = await me.post("/", json=draft)

    assert (response.status_code, response.json()["code"]) == (409, "entry_deleted")
    assert await history_of(me) == []


async def test_an_id_is_unique_for_one_person_only(me: Client, client_for: ClientFactory) -> None:
    """Two people may use the same id, each for an entry of their own. Neither learns of the other."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7}
    other = client_for()
    await checked_in(me, **draft)

    await checked_in(other, **draft | {"mood": "happy"})

    assert [entry["mood"] for entry in await history_of(me)] == ["sad"]
    assert [entry["mood"] for entry in await history_of(other)] == ["happy"]


@pytest.mark.parametrize(
    ("moment", "instant"),
    [
        ("2026-03-01T20:00:00Z", "2026-03-01T20:00:00+00:00"),
        ("2026-03-01T20:00:00+05:45", "2026-03-01T14:15:00+00:00"),
        ("2026-03-01T00:30:00-09:30", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T20:00:00.5+00:00", "2026-03-01T20:00:00.500000+00:00"),
        ("1901-06-01T00:00:00Z", "1901-06-01T00:00:00+00:00"),
    ],
)
async def test_a_check_in_may_lie_in_the_past(me: Client, moment: str, instant: str) -> None:
    """`occurred_at` accepts any offset, and any date from 1901 on."""
    await checked_in(me, occurred_at=moment)

    [entry] = await history_of(me)
    assert at(entry["occurred_at"]) == at(instant)
    assert entry["local_date"] == instant[:10]


async def test_a_clock_may_run_five_minutes_fast(me: Client) -> None:
    """A time less than five minutes ahead is stored as sent, but its local date is not later than today."""
    ahead = utc_now() + timedelta(minutes=4, seconds=50)

    answer = await checked_in(me, occurred_at=ahead.isoformat())

    assert at(answer["occurred_at"]) == ahead
    assert answer["local_date"] <= utc_now().date().isoformat()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_at", "2199-01-01T00:00:00Z"),
        ("occurred_at", "2026-03-01T20:00:00"),
        ("occurred_at", "2026-02-30T20:00:00Z"),
        ("occurred_at", "1900-12-31T23:59:59Z"),
        ("occurred_at", 1772395200),
        ("mood", "meh"),
        ("mood", "Sad"),
        ("mood", ""),
        ("intensity", 0),
        ("intensity", 11),
        ("intensity", 5.5),
        ("intensity", "5"),
        ("intensity", True),
        ("factors", "sleep"),
        ("factors", ["x" * 81]),
        ("factors", [f"factor {number}" for number in range(31)]),
        ("note", "x" * 4001),
        ("id", "not-a-uuid"),
        ("feeling", "sad"),
    ],
)
async def test_an_invalid_value_is_refused(me: Client, field: str, value: object) -> None:
    """It answers 422 with the location and without the value, and nothing is stored."""
    response = await me.post("/", json={"mood": "sad", "intensity": 7, field: value})

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    [fault] = {fault["loc"][1] for fault in response.json()["errors"]}
    assert fault == field
    assert await history_of(me) == []


async def test_six_minutes_ahead_is_too_far(me: Client) -> None:
    """A time more than five minutes ahead is refused."""
    ahead = (utc_now() + timedelta(minutes=5, seconds=30)).isoformat()

    assert (await me.post("/", json={"mood": "sad", "intensity": 7, "occurred_at": ahead})).status_code == 422


async def test_factors_are_stripped_and_deduplicated(me: Client) -> None:
    """Outer spaces, blank factors and repeats are removed, in whatever letter case. The order stays."""
    answer = await checked_in(me, factors=[" poor sleep", "Work", "poor sleep ", "   ", "work"])

    assert answer["factors"] == ["poor sleep", "Work"]


async def test_an_empty_note_equals_no_note(me: Client) -> None:
    """It is stored as null, so a repeat without the note has the same contents."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7}

    answer = await checked_in(me, **draft, note="")

    assert answer["note"] is None
    assert (await me.post("/", json=draft)).status_code == 200


async def test_an_idempotency_key_repeats_the_first_answer(me: Client) -> None:
    """Even an entry without an id is stored once, and the second answer has the same bytes."""
    headers = {"Idempotency-Key": "morning-1"}
    draft = {"mood": "sad", "intensity": 7}

    first = await me.post("/", json=draft, headers=headers)
    second = await me.post("/", json=draft, headers=headers)

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await history_of(me)) == 1
