"""How many entries a person can make and import, and how much text a batch can have."""

from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import DAY, checked_in, history_of, profile_set

CRISIS = "I want to kill myself."
DRAFT = {"mood": "okay", "intensity": 5}
CSV = {"Content-Type": "text/csv"}
TWO_LINES = "full_date,time,mood\n2026-03-01,20:00,good\n2026-03-02,20:00,good\n"
SET_COUNTS = """
    INSERT INTO mend.entry_counts (user_id, day, made_on_day, made, imported)
    VALUES (%(person)s, %(day)s, %(made_today)s, %(made)s, %(imported)s)
    ON CONFLICT (user_id) DO UPDATE
        SET day = excluded.day, made_on_day = excluded.made_on_day, made = excluded.made, imported = excluded.imported
"""


def set_counts(database: Clone, client: Client, day: date | None = None, **counts: int) -> None:
    """Set the counts. A day ahead of the clock is still the present one, also when midnight passes during the test."""
    counts = {"made_today": 0, "made": 200, "imported": 0} | counts
    with database.admin() as conn:
        conn.execute(SET_COUNTS, {"person": client.person, "day": day or utc_now().date() + DAY, **counts})


def counts(database: Clone, client: Client) -> tuple[int, int, int]:
    query = "SELECT made_on_day, made, imported FROM mend.entry_counts WHERE user_id = %s"
    [row] = database.rows(query, client.person)
    made_on_day, made, imported = row
    return made_on_day, made, imported


async def send(client: Client, *entries: dict[str, Any]) -> httpx.Response:
    return await client.post("/batch", json={"entries": entries})


def queued(number: int, **fields: object) -> list[dict[str, Any]]:
    return [{"id": str(uuid4()), "occurred_at": "2026-03-01T12:00:00Z", **DRAFT, **fields} for _ in range(number)]


async def test_a_person_makes_at_most_200_entries_a_day(me: Client, database: Clone) -> None:
    """The next one gets 429 with the time until the next day, and is not stored."""
    set_counts(database, me, made_today=199)
    await checked_in(me)

    refused = await me.post("/", json=DRAFT)

    assert (refused.status_code, refused.json()["code"]) == (429, "day_full")
    assert "200 entries a day" in refused.json()["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert len(await history_of(me)) == 1


async def test_the_next_day_has_room_again(me: Client, database: Clone) -> None:
    """The count of a day ends with it."""
    set_counts(database, me, made_today=200, day=utc_now().date() - DAY)

    await checked_in(me)

    assert counts(database, me) == (1, 201, 0)


async def test_no_day_begins_twice(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Neither with a clock that is set back nor with another time zone in the profile."""
    set_counts(database, me, made_today=200, day=utc_now().date() + DAY)
    await profile_set(client_for, me, timezone="Pacific/Kiritimati")

    assert (await me.post("/", json=DRAFT)).status_code == 429


async def test_a_full_day_still_answers_a_repeat(me: Client, database: Clone) -> None:
    """The first answer may have been lost, and a repeat adds nothing."""
    draft = {**DRAFT, "id": str(uuid4())}
    await checked_in(me, **draft)
    set_counts(database, me, made_today=200)

    assert (await me.post("/", json=draft)).status_code == 200
    assert (await send(me, draft)).status_code == 200


async def test_a_batch_counts_its_new_entries(me: Client, database: Clone) -> None:
    """Edits, repeats and deletions count nothing."""
    queue = queued(3)
    await send(me, *queue)
    edited = {**queue[0], "note": "edited", "edited_at": "2026-03-02T12:00:00Z"}

    await send(me, edited, queue[1], {"id": queue[2]["id"], "deleted": True}, *queued(2))

    assert counts(database, me) == (5, 5, 0)


async def test_a_batch_that_exceeds_the_day_stores_nothing(me: Client, database: Clone) -> None:
    """It is refused as a whole, so the same batch can be sent again the next day."""
    set_counts(database, me, made_today=198)

    refused = await send(me, *queued(3))

    assert (refused.status_code, refused.json()["code"]) == (429, "day_full")
    assert await history_of(me) == []
    assert (await send(me, *queued(2))).status_code == 200


async def test_a_full_diary_takes_no_more_entries(me: Client, database: Clone) -> None:
    """100,000 in a life. Deletions do not make room, and stored entries can still be changed."""
    set_counts(database, me, made=99_999)
    entry = await checked_in(me)
    path = f"/{entry['mood_id']}"

    refused = await me.post("/", json=DRAFT)
    refused_batch = await send(me, *queued(1))

    assert (refused.status_code, refused.json()["code"]) == (409, "diary_full")
    assert (refused_batch.status_code, refused_batch.json()["code"]) == (409, "diary_full")
    assert (await me.patch(path, json={"mood": "calm"})).status_code == 200
    assert (await me.delete(path)).status_code == 204
    assert (await me.post("/", json=DRAFT)).status_code == 409


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_person_imports_at_most_100000_entries(me: Client, database: Clone, dry_run: bool) -> None:  # noqa: FBT001
    """A file that would exceed it is refused as a whole. The other limits do not count it."""
    set_counts(database, me, made_today=200, imported=99_999)

    refused = await me.post("/import", content=TWO_LINES, headers=CSV, params={"dry_run": dry_run})

    assert (refused.status_code, refused.json()["code"]) == (409, "imports_full")
    assert "100,000" in refused.json()["detail"]
    assert await history_of(me) == []


async def test_a_repeated_import_counts_nothing(me: Client, database: Clone) -> None:
    """Only new entries count."""
    await me.post("/import", content=TWO_LINES, headers=CSV)
    set_counts(database, me, imported=100_000)

    repeated = await me.post("/import", content=TWO_LINES, headers=CSV)

    assert repeated.json()["duplicates"] == 2
    assert counts(database, me) == (0, 200, 100_000)


async def test_a_batch_has_at_most_100000_characters(me: Client) -> None:
    """Notes and factors count together. The refusal names the limit and the size, and nothing is stored."""
    queue = queued(24, note="x" * 4000) + queued(1, note="x" * 3920, factors=["y" * 80])
    refused = await send(me, *queue, *queued(1, note="z"))

    assert (refused.status_code, refused.json()["code"]) == (413, "batch_too_long")
    assert "100,000" in refused.json()["detail"]
    assert "100,001" in refused.json()["detail"]
    assert await history_of(me) == []
    assert (await send(me, *queue)).status_code == 200


@pytest.mark.parametrize(("note", "has_support"), [(CRISIS, True), ("A walk by the river.", False)])
@pytest.mark.parametrize("counted", [{"made_today": 200}, {"made": 100_000}])
async def test_a_refused_entry_of_danger_gets_support(
    me: Client, database: Clone, counted: dict[str, int], note: str, *, has_support: bool
) -> None:
    """A limit never stands between a person in danger and help: the refusal has support."""
    set_counts(database, me, None, **counted)

    refused = await me.post("/", json={**DRAFT, "note": note})
    refused_batch = await send(me, *queued(1, note=note))

    assert {refused.status_code, refused_batch.status_code} <= {409, 429}
    assert [bool(answer.json().get("support")) for answer in (refused, refused_batch)] == [has_support] * 2


async def test_a_refused_batch_of_danger_gets_support(me: Client) -> None:
    """The words may be anywhere in a batch that is too long."""
    refused = await send(me, *queued(25, note="x" * 4000), *queued(1, factors=[CRISIS]))
    without_danger = await send(me, *queued(26, note="x" * 4000))

    assert refused.status_code == without_danger.status_code == 413
    assert refused.json()["support"]["lines"]
    assert "support" not in without_danger.json()
