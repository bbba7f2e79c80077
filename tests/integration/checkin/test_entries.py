"""Looking back page by page, and one entry at a time: read, changed, deleted."""

import base64
from uuid import uuid4

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import at, checked_in, history_of, problem_of, profile_set

MARCH = [f"2026-03-{day:02}T12:00:00Z" for day in range(1, 10)]


async def queue_of(client: Client, *moments: str) -> None:
    entries = [{"mood": "okay", "intensity": 5, "occurred_at": moment} for moment in moments]
    await client.post("/batch", json={"entries": entries})


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 10, 200])
async def test_pages_make_up_the_whole_history(me: Client, limit: int) -> None:
    """However large a page is, walking on by the cursor shows every entry once, newest first."""
    await queue_of(me, *MARCH)

    days = [entry["local_date"] for entry in await history_of(me, limit=limit)]

    assert days == [moment[:10] for moment in reversed(MARCH)]


async def test_a_page_is_of_fifty_by_default(me: Client) -> None:
    """The cursor is there when more is, and null when that was all."""
    await queue_of(me, *[MARCH[0]] * 51)

    first = (await me.get("/")).json()
    last = (await me.get("/", params={"cursor": first["next_cursor"]})).json()

    assert (len(first["items"]), len(last["items"]), last["next_cursor"]) == (50, 1, None)


async def test_entries_of_one_instant_are_parted_by_their_ids(me: Client) -> None:
    """Ties are never lost or shown twice where a page ends between them."""
    await queue_of(me, *[MARCH[0]] * 5, *[MARCH[1]] * 5)

    ids = [entry["mood_id"] for entry in await history_of(me, limit=3)]

    assert len(set(ids)) == len(ids) == 10
    assert ids[:5] == sorted(ids[:5], reverse=True)


async def test_what_is_added_meanwhile_moves_no_page(me: Client) -> None:
    """A cursor is a place in time: newer entries do not push older ones onto the next page again."""
    await queue_of(me, *MARCH[:4])
    first = (await me.get("/", params={"limit": 2})).json()
    await queue_of(me, *MARCH[4:])

    rest = (await me.get("/", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [entry["local_date"] for entry in rest["items"]] == ["2026-03-02", "2026-03-01"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({"from": "2026-03-03", "to": "2026-03-05"}, [5, 4, 3]),
        ({"from": "2026-03-08"}, [9, 8]),
        ({"to": "2026-03-01"}, [1]),
        ({"from": "2026-03-05", "to": "2026-03-05"}, [5]),
        ({"from": "2026-03-05", "to": "2026-03-04"}, []),
        ({"from": "0001-01-01", "to": "9999-12-31", "limit": 2}, [9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ({"from": "2026-03-02", "to": "2026-03-08", "limit": 3}, [8, 7, 6, 5, 4, 3, 2]),
    ],
)
async def test_from_and_to_are_days_both_included(me: Client, asked: dict[str, str | int], days: list[int]) -> None:
    """A part of the history, whole pages of it."""
    await queue_of(me, *MARCH)

    assert [int(entry["local_date"][-2:]) for entry in await history_of(me, **asked)] == days


async def test_from_and_to_are_the_persons_own_days(me: Client, client_for: ClientFactory) -> None:
    """An entry is found under the day its person would name, far from the day of Greenwich."""
    await profile_set(client_for, me, timezone="Pacific/Kiritimati", day_starts_at="23:00")
    await queue_of(me, "2026-03-01T08:30:00Z", "2026-03-01T09:30:00Z")

    assert [entry["local_date"] for entry in await history_of(me)] == ["2026-03-01", "2026-02-28"]
    assert len(await history_of(me, **{"from": "2026-02-28", "to": "2026-02-28"})) == 1
    assert len(await history_of(me, **{"from": "2026-03-01"})) == 1


async def test_a_cursor_opens_nobody_elses_history(me: Client, client_for: ClientFactory) -> None:
    """What was given to one person is refused to the next, like one made up."""
    await queue_of(me, *MARCH)
    other = client_for()
    await queue_of(other, *MARCH)
    mine = (await me.get("/", params={"limit": 1})).json()["next_cursor"]

    foreign = await other.get("/", params={"cursor": mine})

    assert (foreign.status_code, foreign.json()["code"]) == (422, "bad_cursor")
    assert problem_of(foreign) == problem_of(await other.get("/", params={"cursor": "made-up"}))


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "é",
        base64.urlsafe_b64encode(b"2026-03-01T12:00:00+00:00 0190a7b2-0000-7000-8000-000000000001").decode(),
        base64.urlsafe_b64encode(
            b"2026-03-01T12:00:00+00:00 0190a7b2-0000-7000-8000-000000000001 0123456789ab"
        ).decode(),
        base64.urlsafe_b64encode(b"yesterday x y").decode(),
        base64.urlsafe_b64encode(b"\xff\x00 \x00 \x00").decode(),
        "A" * 201,
    ],
)
async def test_a_forged_cursor_is_refused(me: Client, forged: str) -> None:
    """A cursor is ours as it is, or it is nothing."""
    await queue_of(me, *MARCH[:1])

    response = await me.get("/", params={"cursor": forged})

    assert response.status_code == (200 if forged == "" else 422)


@pytest.mark.parametrize("asked", [{"limit": 0}, {"limit": 201}, {"limit": "ten"}, {"from": "2026-02-30"}, {"page": 2}])
async def test_a_query_that_cannot_be_is_refused(me: Client, asked: dict[str, str | int]) -> None:
    """Limits, dates and names outside of the contract are 422."""
    assert (await me.get("/", params=asked)).status_code == 422


async def test_one_entry_can_be_read(me: Client) -> None:
    """By its id, as the history shows it, with a tag that says when nothing has changed."""
    entry = await checked_in(me, note="Tea.", factors=["rain"])

    response = await me.get(f"/{entry['mood_id']}")
    again = await me.get(f"/{entry['mood_id']}", headers={"If-None-Match": response.headers["ETag"]})

    assert [response.json()] == await history_of(me)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_change_touches_what_it_names(me: Client) -> None:
    """Fields that are left out stay; a note may be taken back; the entry is answered as it now is."""
    entry = await checked_in(me, mood="sad", intensity=7, note="Tea.", factors=["rain"], occurred_at=MARCH[0])

    response = await me.patch(f"/{entry['mood_id']}", json={"intensity": 4, "note": None})

    assert response.status_code == 200
    changed = response.json()
    assert (changed["mood"], changed["intensity"], changed["note"], changed["factors"]) == ("sad", 4, None, ["rain"])
    assert at(changed["occurred_at"]) == at(MARCH[0])
    assert [{**changed, "support": None}] == [{**found, "support": None} for found in await history_of(me)]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"mood": None},
        {"intensity": None},
        {"factors": None},
        {"occurred_at": None},
        {"occurred_at": "2199-01-01T00:00:00Z"},
        {"id": "0190a7b2-0000-7000-8000-000000000001"},
        {"local_date": "2026-03-01"},
        {"mood": "meh"},
    ],
)
async def test_a_change_that_cannot_be_is_refused(me: Client, change: dict[str, object]) -> None:
    """Nothing to change, null where there must be something, or what is not a person's to set: 422, unchanged."""
    await checked_in(me)
    [entry] = await history_of(me)

    assert (await me.patch(f"/{entry['mood_id']}", json=change)).status_code == 422
    assert await history_of(me) == [entry]


async def test_a_deleted_entry_is_gone(me: Client) -> None:
    """It is deleted once; to every later request it is not there."""
    entry = await checked_in(me)
    path = f"/{entry['mood_id']}"

    assert (await me.delete(path)).status_code == 204

    later = [await me.get(path), await me.patch(path, json={"intensity": 1}), await me.delete(path)]
    assert [response.status_code for response in later] == [404, 404, 404]
    assert await history_of(me) == []


async def test_anothers_entry_is_like_one_that_never_was(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Reading, changing or deleting it answers word for word as for an id that nobody has, and does nothing."""
    other = client_for()
    theirs = (await checked_in(other))["mood_id"]
    [before] = await history_of(other)

    for path in (f"/{theirs}", f"/{uuid4()}"):
        answers = [await me.get(path), await me.patch(path, json={"intensity": 1}), await me.delete(path)]
        for response in answers:
            assert response.status_code == 404
            assert problem_of(response) == problem_of(await me.get(f"/{uuid4()}"))

    assert await history_of(other) == [before]
    assert database.rows("SELECT FROM mood_tombstones WHERE user_id = %s", me.person) == []
    assert database.rows("SELECT FROM mend.outbox WHERE user_id = %s", me.person) == []
