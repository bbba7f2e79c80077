"""GET /checkin/moods and GET /checkin/factors."""

from shared.moods import MOODS
from tests.conftest import Client, ClientFactory
from tests.integration.checkin.diary import checked_in


async def test_the_moods_need_no_token(client_for: ClientFactory) -> None:
    """Everyone can list the moods, each with valence, arousal and appearance."""
    response = await client_for(signed_in=False).get("/moods")

    assert response.status_code == 200
    items = response.json()["items"]
    assert [mood["name"] for mood in items] == list(MOODS)
    assert {frozenset(mood) for mood in items} == {
        frozenset(("name", "label", "valence", "arousal", "quadrant", "emoji", "colour"))
    }


async def test_the_moods_can_be_cached(client_for: ClientFactory) -> None:
    """For a day, by public caches. A client with the current `ETag` gets 304."""
    anonymous = client_for(signed_in=False)
    first = await anonymous.get("/moods")

    unchanged = await anonymous.get("/moods", headers={"If-None-Match": first.headers["ETag"]})
    stale = await anonymous.get("/moods", headers={"If-None-Match": '"another"'})

    assert first.headers["Cache-Control"] == "public, max-age=86400"
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["ETag"] == first.headers["ETag"]
    assert (stale.status_code, stale.content) == (200, first.content)


async def test_factors_are_listed_by_use(me: Client, client_for: ClientFactory) -> None:
    """The most used first, then the most recent, each with count and last date. Only the person's own are listed."""
    await checked_in(client_for(), factors=["not mine"])
    await checked_in(me, factors=["work", "rain"], occurred_at="2026-03-01T12:00:00Z")
    await checked_in(me, factors=["work", "friends"], occurred_at="2026-03-03T12:00:00Z")
    await checked_in(me, factors=["work"], occurred_at="2026-03-02T12:00:00Z")

    assert (await me.get("/factors")).json() == {
        "items": [
            {"factor": "work", "count": 3, "last_used": "2026-03-03"},
            {"factor": "friends", "count": 1, "last_used": "2026-03-03"},
            {"factor": "rain", "count": 1, "last_used": "2026-03-01"},
        ],
        "next_cursor": None,
    }


async def test_spellings_of_a_factor_are_one(me: Client) -> None:
    """An entry keeps the first one. The list counts all together, under the one that is used most."""
    entry = await checked_in(me, factors=["Work", "work", " WORK ", "rain"], occurred_at="2026-03-01T12:00:00Z")
    for day in ("2026-03-02", "2026-03-03"):
        await checked_in(me, factors=["work"], occurred_at=f"{day}T12:00:00Z")

    items = (await me.get("/factors")).json()["items"]

    assert entry["factors"] == ["Work", "rain"]
    assert [(item["factor"], item["count"]) for item in items] == [("work", 3), ("rain", 1)]
    assert items[0]["last_used"] == "2026-03-03"


async def test_the_dotted_capital_is_the_same_letter(me: Client) -> None:
    """Turkish phones begin a word with it. The list counts as entries do."""
    for factor in ("\u0130\u015f", "i\u015f", "i\u015f"):
        await checked_in(me, factors=[factor, "\u2060"])

    [use] = (await me.get("/factors")).json()["items"]

    assert (use["factor"], use["count"]) == ("i\u015f", 3)


async def test_unused_factors_are_not_listed(me: Client) -> None:
    """A factor disappears when edits and deletions leave no entry with it."""
    first = await checked_in(me, factors=["work", "rain"])
    second = await checked_in(me, factors=["rain"])

    await me.patch(f"/{first['mood_id']}", json={"factors": ["sun"]})
    await me.delete(f"/{second['mood_id']}")

    assert [use["factor"] for use in (await me.get("/factors")).json()["items"]] == ["sun"]


async def test_a_person_without_entries_has_no_factors(me: Client) -> None:
    """The list is empty, not absent."""
    assert (await me.get("/factors")).json() == {"items": [], "next_cursor": None}


async def test_moods_have_names_in_the_language_of_the_request(client_for: ClientFactory) -> None:
    """In English where there are no texts for it. Caches keep the languages apart."""
    anonymous = client_for(signed_in=False)

    german, other = [
        await anonymous.get("/moods", headers={"Accept-Language": language}) for language in ("de-AT,en;q=0.5", "sw")
    ]

    labels = [{item["name"]: item["label"] for item in answer.json()["items"]}["sad"] for answer in (german, other)]
    assert labels == ["Traurig", "Sad"]
    assert "accept-language" in german.headers["Vary"].lower()
