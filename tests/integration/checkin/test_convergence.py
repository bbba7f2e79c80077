"""A queue gives the same entries in any order, repetition and partition."""

import asyncio
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Client, ClientFactory, Clone

Item = dict[str, Any]

IDS = [f"0190a7b2-0000-7000-8000-00000000000{number}" for number in range(3)]
STATE = """
    SELECT (SELECT json_agg(to_jsonb(e) - 'user_id' ORDER BY id) FROM mood_entries AS e WHERE user_id = u.id),
           (SELECT json_agg(id ORDER BY id) FROM mood_tombstones WHERE user_id = u.id),
           s.last_day, coalesce(s.current, 0), coalesce(s.longest, 0)
    FROM auth.users AS u LEFT JOIN user_streaks AS s ON s.user_id = u.id
    WHERE u.id = %s
"""

FIELDS: dict[str, st.SearchStrategy[object]] = {
    "mood": st.sampled_from(["sad", "okay", "happy"]),
    "intensity": st.integers(1, 3),
    "note": st.sampled_from([None, "", "a", "B", "é"]),
    "factors": st.lists(st.sampled_from(["work", "rain", "Rain"]), max_size=2),
    "occurred_at": st.integers(1, 6).map(lambda day: f"2026-03-0{day}T12:00:00Z"),
}
TIMES = ["2026-03-08T12:00:00Z", "2026-03-09T12:00:00Z"]  # only two, so that some edits have the same time
contents = st.fixed_dictionaries(FIELDS)
edits = st.tuples(
    st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.fixed_dictionaries({name: FIELDS[name]})),
    st.sampled_from(TIMES).map(lambda time: {"edited_at": time}),
)


@dataclass
class Sending:
    """A queue, and the parts in which it is sent: shuffled, repeated and split."""

    queue: list[Item]
    parts: list[list[Item]]
    posted: list[bool]  # for each part: whether its creations are sent one by one to POST /, before the rest as a batch


@st.composite
def sendings(draw: st.DrawFn) -> Sending:
    queue: list[Item] = []
    for entry_id in draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True)):
        created = {"id": entry_id, **draw(contents)}
        queue += [created, *(created | change | time for change, time in draw(st.lists(edits, max_size=4)))]
        if draw(st.booleans()):
            queue.append({"id": entry_id, "deleted": True})
    repeated = draw(st.lists(st.sampled_from(queue), max_size=4))
    shuffled = draw(st.permutations([*queue, *repeated]))
    cuts = sorted(draw(st.sets(st.integers(1, len(shuffled)))) | {0, len(shuffled)})
    parts = [shuffled[start:end] for start, end in pairwise(cuts)]
    return Sending(queue, parts, draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts))))


def is_creation(item: Item) -> bool:
    return not item.keys() & {"edited_at", "deleted"}


async def send(client: Client, part: list[Item], *, posted: bool = False) -> None:
    for item in filter(is_creation, part if posted else []):
        response = await client.post("/", json=item)
        assert response.status_code in {200, 201, 409}
    rest = [item for item in part if not (posted and is_creation(item))]
    if rest:
        response = await client.post("/batch", json={"entries": rest})
        assert {"invalid"}.isdisjoint(result["status"] for result in response.json()["results"])


async def state_of(client: Client, database: Clone) -> tuple[Any, ...]:
    factors, streak = await client.get("/factors"), await client.get("/streak")
    assert (factors.status_code, streak.status_code) == (200, 200)
    return (*database.rows(STATE, client.person)[0], factors.json(), streak.json())


@settings(max_examples=60)
@given(sendings())
async def test_any_way_of_sending_a_queue_gives_the_same_state(
    client_for: ClientFactory, database: Clone, sending: Sending
) -> None:
    """Any order, repetition and partition, by POST / and /batch, gives the state that one ordered batch gives."""
    ordered, split = client_for(), client_for()

    await send(ordered, sending.queue)
    for part, posted in zip(sending.parts, sending.posted, strict=True):
        await send(split, part, posted=posted)

    entries, *others = await state_of(split, database)
    assert [entries, *others] == [*await state_of(ordered, database)]
    deleted = {item["id"] for item in sending.queue if "deleted" in item}
    assert {entry["id"] for entry in entries or ()} == {item["id"] for item in sending.queue} - deleted


@settings(max_examples=10)
@given(sendings())
async def test_concurrent_parts_give_the_same_state(
    client_for: ClientFactory, database: Clone, sending: Sending
) -> None:
    """All parts may arrive at the same time."""
    ordered, concurrent = client_for(), client_for()

    await send(ordered, sending.queue)
    await asyncio.gather(
        *(send(concurrent, part, posted=posted) for part, posted in zip(sending.parts, sending.posted, strict=True))
    )

    assert await state_of(concurrent, database) == await state_of(ordered, database)


async def test_edits_with_equal_times_give_the_same_state(client_for: ClientFactory, database: Clone) -> None:
    """Of two versions with the same `edited_at` always the same one wins, in both orders of arrival."""
    base = {"mood": "okay", "intensity": 5, "occurred_at": "2026-03-01T12:00:00Z", "edited_at": TIMES[0]}
    changes: list[Item] = [
        {},
        {"note": ""},
        {"note": " "},
        {"note": "é"},
        {"note": "e\u0301"},
        {"factors": ["rain"]},
        {"factors": ["Rain"]},
        {"mood": "sad"},
        {"intensity": 6},
        {"occurred_at": "2026-03-02T12:00:00Z"},
    ]
    pairs = [
        [{"id": str(UUID(int=number)), **base, **change} for change in pair]
        for number, pair in enumerate(combinations(changes, 2))
    ]
    one, other = client_for(), client_for()

    await send(one, [item for first, second in pairs for item in (first, second)])
    await send(other, [item for first, second in pairs for item in (second, first)])

    assert await state_of(one, database) == await state_of(other, database)
