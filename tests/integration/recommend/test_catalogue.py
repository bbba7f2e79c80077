"""GET /content and GET /content/{id}: looking through the catalogue."""

from uuid import uuid4

import pytest

from shared.http.paging import Order
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.recommend.library import NAP, added, did, listed, some_content


async def test_an_item_has_all_fields_that_the_app_shows(me: Client, admin: Client) -> None:
    evidence = {"effect": 0.2, "citation": "Somebody 2024", "finding": "It helped.", "says": {"en": "It helped people"}}
    extras = {"tags": ["indoors", "quiet"], "language": "de", "evidence": evidence, "repeatable": True}
    links = {name: f"https://example.org/{name}" for name in ("url", "image_url", "thumbnail_url")}
    created = await added(admin, **extras, **links, attribution="Somebody")

    response = await me.get(f"/content/{created['content_id']}")

    other_fields = {
        "content_id": created["content_id"],
        "version": 1,
        "hidden": False,
        "attribution": "Somebody",
        "steps": [],
    }
    assert response.json() == NAP | extras | links | other_fields


@pytest.mark.parametrize("query", ["", "?version=1", "?version=7"])
async def test_an_unknown_item_is_not_found(me: Client, query: str) -> None:
    assert (await me.get(f"/content/{uuid4()}{query}")).status_code == 404


@pytest.mark.parametrize("version", ["0", "-1", "2147483648", "one", ""])
async def test_a_version_is_a_positive_number(me: Client, database: Clone, version: str) -> None:
    [content] = some_content(database)

    assert (await me.get(f"/content/{content}", params={"version": version})).status_code == 422


async def test_a_list_shows_each_item_once_and_the_best_evidence_first(me: Client, database: Clone) -> None:
    """With any page size, the pages together are the whole list."""
    whole = await listed(me, limit=200)
    in_sevens = await listed(me, limit=7, kind="movement")

    effects = [item["evidence"]["effect"] if item["evidence"] else 0 for item in whole]
    assert effects == sorted(effects, reverse=True)
    assert len({item["content_id"] for item in whole}) == len(whole)
    assert len(whole) == database.value("SELECT count(*) FROM public.content WHERE deleted_at IS NULL")
    assert in_sevens == [item for item in whole if item["kind"] == "movement"]


async def test_a_list_can_be_filtered_by_kind_and_mood(me: Client) -> None:
    items = await listed(me, kind="breathing", mood="anxious")

    assert items
    assert all(item["kind"] == "breathing" and "anxious" in item["fits"] for item in items)


@pytest.mark.parametrize(
    "query",
    [{"kind": "gaming"}, {"mood": "gloomy"}, {"limit": "0"}, {"limit": "201"}, {"limit": "many"}, {"order": "title"}],
)
async def test_an_invalid_query_is_refused(me: Client, query: dict[str, str]) -> None:
    assert (await me.get("/content", params=query)).status_code == 422


async def test_a_cursor_is_valid_for_its_own_list_only(me: Client, client_for: ClientFactory) -> None:
    """With another query or from another person it is refused like an invented one."""
    cursor = (await me.get("/content", params={"limit": 1, "mood": "sad"})).json()["next_cursor"]
    params = {"mood": "sad", "cursor": cursor}
    other = client_for("recommend")

    mine = await me.get("/content", params=params)
    refused = [
        await me.get("/content", params={"cursor": cursor}),
        await me.get("/content", params=params | {"q": "walk"}),
        await me.get("/content", params={"mood": "sad", "cursor": "bm90IG91cnM="}),
        await me.get("/content", params={"mood": "sad", "cursor": "é"}),
        await other.get("/content", params=params),
    ]

    assert mine.status_code == 200
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(422, "bad_cursor")}


@pytest.mark.parametrize("rank", ["1e400", "-inf", "nan", "0x1", "1", "1;2"])
@pytest.mark.parametrize("content_id", ["01a1fd2e-6c4b-7f0a-9a34-0d2f6a7c1b55", "7", "x"])
async def test_a_forged_cursor_is_harmless(me: Client, rank: str, content_id: str) -> None:
    """A forged cursor can only name a place in the list."""
    whose = (str(me.person), None, None, None)
    forged = Order("", str, str).cursor_after(rank, content_id, whose)  # type: ignore[arg-type] # nor is every one a UUID

    assert (await me.get("/content", params={"cursor": forged})).status_code in {200, 422}


@pytest.mark.parametrize("second_thought", ["unhide", "like"])
async def test_hidden_items_are_left_out_of_lists_but_found_and_marked(
    me: Client, admin: Client, second_thought: str
) -> None:
    """Until they are unhidden or liked. Other people's lists do not change."""
    content_id = (await added(admin, title=f"Quorvane{second_thought}"))["content_id"]
    await did(me, content_id, "hide")

    assert content_id not in [item["content_id"] for item in await listed(me, limit=200)]
    assert [item["hidden"] for item in await listed(me, q=f"quorvane{second_thought}")] == [True]
    assert (await me.get(f"/content/{content_id}")).json()["hidden"] is True
    assert [item["hidden"] for item in await listed(admin, q=f"quorvane{second_thought}")] == [False]

    await did(me, content_id, second_thought)

    assert content_id in [item["content_id"] for item in await listed(me, limit=200)]
    assert [item["hidden"] for item in await listed(me, q=f"quorvane{second_thought}")] == [False]


@pytest.mark.parametrize("order", [("hide", "unhide"), ("unhide", "hide")])
async def test_the_latest_interaction_counts_and_not_the_last_to_arrive(
    me: Client, database: Clone, order: tuple[str, str]
) -> None:
    """Hidden on Monday and unhidden on Tuesday is not hidden, in whatever order the two arrive."""
    [content] = some_content(database)
    moments = {"hide": "2026-03-02T12:00:00Z", "unhide": "2026-03-03T12:00:00Z"}
    for kind in order:
        await did(me, content, kind, occurred_at=moments[kind])

    assert (await me.get(f"/content/{content}")).json()["hidden"] is False


async def test_a_private_cache_may_keep_the_catalogue_but_nothing_of_a_person(me: Client) -> None:
    """It asks each time whether it still holds. What a person searches in danger is not kept, and no feed is."""
    kept = await me.get("/content?limit=3")
    in_danger = await me.get("/content", params={"q": "i want to kill myself"})
    feed = await me.get("/", params={"mood": "sad"})

    assert kept.headers["Cache-Control"] == "private, no-cache"
    assert in_danger.json()["support"]
    assert [answer.headers["Cache-Control"] for answer in (in_danger, feed)] == ["no-store", "no-store"]
