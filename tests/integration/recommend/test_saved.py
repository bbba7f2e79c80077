"""GET, PUT and DELETE /saved: what a person keeps for later."""

from uuid import uuid4

import pytest

from shared.http.paging import Order
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.recommend.library import added, did, listed, some_content


async def saved(client: Client, **query: int) -> list[str]:
    return [item["content_id"] for item in await listed(client, "/saved", **query)]


async def test_saved_items_come_newest_first_with_all_fields(me: Client, database: Clone) -> None:
    """The pages are the list."""
    contents = some_content(database, 5)
    for content in contents:
        assert (await me.put(f"/saved/{content}")).status_code == 204

    assert await saved(me) == await saved(me, limit=2) == contents[::-1]
    [newest] = (await me.get("/saved", params={"limit": 1})).json()["items"]
    whole = (await me.get(f"/content/{newest['content_id']}")).json()
    assert newest == whole | {"saved_at": newest["saved_at"]}


async def test_saving_twice_changes_nothing(me: Client, database: Clone) -> None:
    """The item keeps its place in the list."""
    first, second = some_content(database, 2)
    for content in (first, second, first):
        assert (await me.put(f"/saved/{content}")).status_code == 204

    assert await saved(me) == [second, first]


async def test_removing_an_item_that_is_not_saved_succeeds(me: Client, database: Clone) -> None:
    """The answer is 204, whether or not the content exists."""
    [content] = some_content(database)
    await me.put(f"/saved/{content}")

    answers = [await me.delete(f"/saved/{each}") for each in (content, content, uuid4())]

    assert {answer.status_code for answer in answers} == {204}
    assert await saved(me) == []


async def test_unknown_content_cannot_be_saved(me: Client, admin: Client) -> None:
    """Deleted content cannot be saved either, not even by an admin."""
    deleted_id = (await added(admin))["content_id"]
    await admin.delete(f"/content/{deleted_id}")

    answers = [await client.put(f"/saved/{each}") for client in (me, admin) for each in (deleted_id, uuid4())]

    assert {answer.status_code for answer in answers} == {404}
    assert await saved(me) == []


async def test_hidden_and_deleted_content_is_left_out(me: Client, admin: Client, database: Clone) -> None:
    """Unhidden content is listed again."""
    [stays] = some_content(database)
    hidden, deleted = [(await added(admin))["content_id"] for _ in range(2)]
    for content in (stays, hidden, deleted):
        await me.put(f"/saved/{content}")

    await did(me, hidden, "hide")
    await admin.delete(f"/content/{deleted}")

    assert await saved(me) == [stays]

    await did(me, hidden, "unhide")

    assert await saved(me) == [hidden, stays]


async def test_saved_items_are_private(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Nobody reads or removes another person's items, or uses their cursor."""
    other = client_for("recommend")
    contents = some_content(database, 3)
    for content in contents:
        await other.put(f"/saved/{content}")
    cursor = (await other.get("/saved", params={"limit": 1})).json()["next_cursor"]

    assert await saved(me) == []
    assert (await me.delete(f"/saved/{contents[0]}")).status_code == 204
    assert (await me.get("/saved", params={"cursor": cursor})).json()["code"] == "bad_cursor"
    assert await saved(other) == contents[::-1]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01", "soon"])
async def test_a_forged_cursor_is_harmless(me: Client, moment: str) -> None:
    forged = Order("", str, str).cursor_after(moment, uuid4(), str(me.person))

    assert (await me.get("/saved", params={"cursor": forged})).status_code in {200, 422}
