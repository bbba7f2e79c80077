"""The history page by page, and reading, changing and deleting one entry."""

import base64
from uuid import uuid4

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import at, checked_in, history_of, problem_of, profile_set

MARCH = [f"2026-03-{day:02}T12:00:00Z" for day in range(1, 10)]


async def record_at(client: Client, *moments: str) -> None:
    entries = [{"mood": "okay", "intensity": 5, "occurred_at": moment} for moment in moments]
    await client.post("/batch", json={"entries": entries})


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 10, 200])
async def test_pages_contain_every_entry_once(me: Client, limit: int) -> None:
    """With any page size, following the cursor gives every entry once, newest first."""
    await record_at(me, *MARCH)

    days = [entry["local_date"] for entry in await history_of(me, limit=limit)]

    assert days == [moment[:10] for moment in reversed(MARCH)]


@pytest.mark.parametrize("note", [" ", "\n\t", "\u200b", "\u2800"])
async def test_a_note_that_shows_nothing_is_no_note(me: Client, note: str) -> None:
    """In a check-in, a change and an import."""
    made = await checked_in(me, note=note)
    changed = await me.patch(f"/{(await checked_in(me, note='Rain'))['mood_id']}", json={"note": note})
    content = f'full_date,time,mood,note\n2026-03-01,20:00,sad,"{note}"\n'.encode()
    await me.post("/import", content=content, headers={"Content-Type": "text/csv"})

    assert (made["note"], changed.json()["note"]) == (None, None)
    assert [entry["note"] for entry in await history_of(me)] == [None, None, None]


async def test_a_page_has_fifty_entries_by_default(me: Client) -> None:
    """`next_cursor` is null on the last page."""
    await record_at(me, *[MARCH[0]] * 51)

    first = (await me.get("/")).json()
    last = (await me.get("/", params={"cursor": first["next_cursor"]})).json()

    assert (len(first["items"]), len(last["items"]), last["next_cursor"]) == (50, 1, None)


async def test_entries_of_one_instant_are_ordered_by_id(me: Client) -> None:
    """None is lost or repeated when a page ends between them."""
    await record_at(me, *[MARCH[0]] * 5, *[MARCH[1]] * 5)

    ids = [entry["mood_id"] for entry in await history_of(me, limit=3)]

    assert len(set(ids)) == len(ids) == 10
    assert ids[:5] == sorted(ids[:5], reverse=True)


async def test_newer_entries_do_not_shift_the_next_page(me: Client) -> None:
    """A cursor is a position in time, not an offset."""
    await record_at(me, *MARCH[:4])
    first = (await me.get("/", params={"limit": 2})).json()
    await record_at(me, *MARCH[4:])

    rest = (await me.get("/", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [entry["local_date"] for entry in rest["items"]] == ["2026-03-02", "2026-03-01"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"from": "2026-03-03", "to": "2026-03-05"}, [5, 4, 3]),
        ({"from": "2026-03-08"}, [9, 8]),
        ({"to": "2026-03-01"}, [1]),
        ({"from": "2026-03-05", "to": "2026-03-05"}, [5]),
        ({"from": "0001-01-01", "to": "9999-12-31", "limit": 2}, [9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ({"from": "2026-03-02", "to": "2026-03-08", "limit": 3}, [8, 7, 6, 5, 4, 3, 2]),
    ],
)
async def test_from_and_to_are_dates_both_included(me: Client, query: dict[str, str | int], days: list[int]) -> None:
    """The history is limited to these local dates, over all pages."""
    await record_at(me, *MARCH)

    assert [int(entry["local_date"][-2:]) for entry in await history_of(me, **query)] == days


async def test_from_and_to_are_local_dates_of_the_person(me: Client, client_for: ClientFactory) -> None:
    """They apply to the local date, even where it differs from the date in UTC."""
    await profile_set(client_for, me, timezone="Pacific/Kiritimati", day_starts_at="23:00")
    await record_at(me, "2026-03-01T08:30:00Z", "2026-03-01T09:30:00Z")

    assert [entry["local_date"] for entry in await history_of(me)] == ["2026-03-01", "2026-02-28"]
    assert len(await history_of(me, **{"from": "2026-02-28", "to": "2026-02-28"})) == 1
    assert len(await history_of(me, **{"from": "2026-03-01"})) == 1


async def test_a_cursor_of_another_person_is_refused(me: Client, client_for: ClientFactory) -> None:
    """It gets the same problem as a made-up cursor."""
    await record_at(me, *MARCH)
    other = client_for()
    await record_at(other, *MARCH)
    cursor = (await me.get("/", params={"limit": 1})).json()["next_cursor"]

    foreign = await other.get("/", params={"cursor": cursor})

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
    """Only an unchanged cursor is valid."""
    await record_at(me, *MARCH[:1])

    response = await me.get("/", params={"cursor": forged})

    assert response.status_code == (200 if forged == "" else 422)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "ten"}, {"from": "2026-02-30"}, {"page": 2}])
async def test_an_invalid_query_is_refused(me: Client, query: dict[str, str | int]) -> None:
    """Invalid limits, dates and names answer 422."""
    assert (await me.get("/", params=query)).status_code == 422


async def test_one_entry_can_be_read(me: Client) -> None:
    """It has the same fields as in the history, and an `ETag`."""
    entry = await checked_in(me, note="Tea.", factors=["rain"])

    response = await me.get(f"/{entry['mood_id']}")
    unchanged = await me.get(f"/{entry['mood_id']}", headers={"If-None-Match": response.headers["ETag"]})

    assert [response.json()] == await history_of(me)
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_a_change_affects_only_the_named_fields(me: Client) -> None:
    """Omitted fields stay, a note can be removed, and the answer is the new entry."""
    entry = await checked_in(me, mood="sad", intensity=7, note="Tea.", factors=["rain"], occurred_at=MARCH[0])

    response = await me.patch(f"/{entry['mood_id']}", json={"intensity": 4, "note": None})

    assert response.status_code == 200
    changed = response.json()
    assert (changed["mood"], changed["intensity"], changed["note"], changed["factors"]) == ("sad", 4, None, ["rain"])
    assert at(changed["occurred_at"]) == at(MARCH[0])
    assert [{**changed, "support": None}] == [{**entry, "support": None} for entry in await history_of(me)]


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
async def test_an_invalid_change_is_refused(me: Client, change: dict[str, object]) -> None:
    """An empty change, null in a required field, or a read-only field answers 422, and nothing changes."""
    await checked_in(me)
    [entry] = await history_of(me)

    assert (await me.patch(f"/{entry['mood_id']}", json=change)).status_code == 422
    assert await history_of(me) == [entry]


async def test_a_deleted_entry_answers_404(me: Client) -> None:
    """Every later request for it gets 404, a second deletion as well."""
    entry = await checked_in(me)
    path = f"/{entry['mood_id']}"

    assert (await me.delete(path)).status_code == 204

    later = [await me.get(path), await me.patch(path, json={"intensity": 1}), await me.delete(path)]
    assert [response.status_code for response in later] == [404, 404, 404]
    assert await history_of(me) == []


async def test_an_entry_of_another_person_answers_404(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Reading, changing and deleting it get the same problem as an unknown id, and have no effect."""
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
