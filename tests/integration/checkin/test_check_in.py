"""POST /checkin."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.clock import utc_now
from shared.moods import MOODS
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import at, checked_in, history_of


async def test_a_check_in_answers_with_five_recommendations(me: Client) -> None:
    """Recording a mood answers 201 with the entry, five ways that may help, and the streak."""
    response = await me.post("/", json={"mood": "sad", "intensity": 7})

    assert response.status_code == 201
    answer = response.json()
    assert answer["mood"] == "sad"
    assert len(answer["recommendations"]) == 5
    assert answer["streak"] == {"current": 1, "longest": 1, "checked_in_today": True}
    assert answer["support"] is None


async def test_what_is_left_out_has_a_default(me: Client) -> None:
    """Mood and intensity are enough: it happened now, in UTC, with no note and no factors, under an id of ours."""
    before = utc_now()

    answer = await checked_in(me)

    assert UUID(answer["mood_id"]).version == 7
    assert before <= at(answer["occurred_at"]) <= utc_now()
    assert (answer["note"], answer["factors"], answer["timezone"]) == (None, [], "UTC")
    assert answer["local_date"] == at(answer["occurred_at"]).date().isoformat()


async def test_what_was_sent_is_what_is_kept(me: Client) -> None:
    """Every field comes back as it was sent, in the answer and ever after."""
    sent = {
        "id": str(uuid4()),
        "mood": "grateful",
        "intensity": 10,
        "note": "Gran's bread 🍞\n日記, e\u0301 \u202eend",
        "factors": ["family", "baking | bread"],
        "occurred_at": "2026-03-01T20:15:30.123456Z",
    }

    answer = await checked_in(me, **sent)

    kept = (await me.get(f"/{sent['id']}")).json()
    assert {name: kept[name] for name in kept if name != "occurred_at"}.items() <= answer.items()
    assert {name: kept[name] for name in ("mood", "intensity", "note", "factors")}.items() <= sent.items()
    assert at(kept["occurred_at"]) == at(answer["occurred_at"]) == at("2026-03-01T20:15:30.123456Z")
    assert kept["mood_id"] == sent["id"]


async def test_every_mood_of_the_vocabulary_can_be_recorded(me: Client) -> None:
    """Whatever a person feels, five things that may help come back."""
    answers = [await checked_in(me, mood=mood) for mood in MOODS]

    assert {len(answer["recommendations"]) for answer in answers} == {5}
    assert {entry["mood"] for entry in await history_of(me)} == set(MOODS)


async def test_an_entry_sent_again_is_the_entry_recorded(me: Client) -> None:
    """A client that heard no answer repeats itself: 200 with the same entry and streak, and nothing is added."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7, "factors": ["work"]}
    first = await checked_in(me, **draft)

    again = await me.post("/", json=draft)

    assert again.status_code == 200
    repeated = again.json()
    assert at(repeated.pop("occurred_at")) == at(first.pop("occurred_at"))
    assert {**repeated, "recommendations": []} == {**first, "recommendations": []}
    assert len(repeated["recommendations"]) == 5
    assert len(await history_of(me)) == 1


async def test_an_entry_sent_many_times_at_once_is_recorded_once(me: Client, database: Clone) -> None:
    """Of equal check-ins that race, one is new and all have the same answer."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7}

    responses = await asyncio.gather(*(me.post("/", json=draft) for _ in range(6)))

    assert sorted(response.status_code for response in responses) == [200, 200, 200, 200, 200, 201]
    assert len({at(response.json()["occurred_at"]) for response in responses}) == 1
    assert database.value("SELECT count(*) FROM mend.outbox WHERE user_id = %s", me.person) == 1
    shown = {response.json()["recommendations"][0]["recommendation_id"] for response in responses}
    logged = database.rows("SELECT id::text FROM recommendations WHERE user_id = %s", me.person)
    assert {row[0] for row in logged} == shown  # each answer shows a list of its own, and every list is logged


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
    """An id stands for one entry: other contents are 409, and what was recorded stays."""
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


async def test_the_id_of_a_deleted_entry_stays_taken(me: Client) -> None:
    """What was deleted does not come back by being sent again."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7}
    await checked_in(me, **draft)
    await me.delete(f"/{draft['id']}")

    response = await me.post("/", json=draft)

    assert (response.status_code, response.json()["code"]) == (409, "entry_deleted")
    assert await history_of(me) == []


async def test_an_id_is_a_persons_own(me: Client, client_for: ClientFactory) -> None:
    """Two people may use one id, each for an entry of their own, and neither learns of the other's."""
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
async def test_the_past_can_be_filled_in(me: Client, moment: str, instant: str) -> None:
    """A time with any offset is the instant it names, and may lie as far back as a life does."""
    await checked_in(me, occurred_at=moment)

    [entry] = await history_of(me)
    assert at(entry["occurred_at"]) == at(instant)
    assert entry["local_date"] == instant[:10]


async def test_a_clock_may_run_five_minutes_fast(me: Client) -> None:
    """What lies less than five minutes ahead is taken as it is, yet not into tomorrow."""
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
async def test_what_cannot_be_is_refused(me: Client, field: str, value: object) -> None:
    """A value outside of the contract is 422, named by its place and never repeated, and changes nothing."""
    response = await me.post("/", json={"mood": "sad", "intensity": 7, field: value})

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    [fault] = {fault["loc"][1] for fault in response.json()["errors"]}
    assert fault == ("(unknown field)" if field == "feeling" else field)
    assert await history_of(me) == []


async def test_six_minutes_ahead_is_too_far(me: Client) -> None:
    """The future cannot be recorded."""
    ahead = (utc_now() + timedelta(minutes=5, seconds=30)).isoformat()

    assert (await me.post("/", json={"mood": "sad", "intensity": 7, "occurred_at": ahead})).status_code == 422


async def test_factors_are_tidied(me: Client) -> None:
    """Outer spaces go, blank ones go, and each is named once, where it came first."""
    answer = await checked_in(me, factors=[" poor sleep", "Work", "poor sleep ", "   ", "work"])

    assert answer["factors"] == ["poor sleep", "Work", "work"]


async def test_an_empty_note_is_no_note(me: Client) -> None:
    """Nothing written is nothing said, so that an entry with it equals one without."""
    draft = {"id": str(uuid4()), "mood": "sad", "intensity": 7}

    answer = await checked_in(me, **draft, note="")

    assert answer["note"] is None
    assert (await me.post("/", json=draft)).status_code == 200


async def test_a_repeated_request_with_a_key_gets_the_first_answer(me: Client) -> None:
    """With an Idempotency-Key even an entry without an id is recorded once, and the answer is the same bytes."""
    headers = {"Idempotency-Key": "morning-1"}
    draft = {"mood": "sad", "intensity": 7}

    first = await me.post("/", json=draft, headers=headers)
    again = await me.post("/", json=draft, headers=headers)

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(await history_of(me)) == 1
