"""What people and admins do with the catalogue, in the fewest words."""

from typing import Any

from tests.conftest import Client, Clone

NAP = {
    "kind": "rest",
    "title": "A nap by the window",
    "body": "Lie down where the light is.",
    "minutes": 20,
    "effort": 1,
    "fits": ["tired", "drained"],
    "leads_valence": 0.3,
    "leads_arousal": -0.5,
    "image_url": "https://example.org/nap.png",
}

Json = dict[str, Any]


async def added(admin: Client, **fields: object) -> Json:
    """A new item, as it is answered."""
    response = await admin.post("/content", json=NAP | fields)
    assert response.status_code == 201, response.text
    item: Json = response.json()
    return item


async def listed(client: Client, path: str = "/content", **query: str | int) -> list[Json]:
    """All items of the list, read page by page."""
    items: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        response = await client.get(path, params={**query, **cursor})
        assert response.status_code == 200, response.text
        page = response.json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


async def titles(client: Client, path: str = "/content", **query: str | int) -> list[str]:
    return [item["title"] for item in await listed(client, path, **query)]


async def did(client: Client, content_id: str, kind: str, **fields: object) -> Json:
    """A new interaction, as it is answered."""
    response = await client.post("/interactions", json={"content_id": content_id, "kind": kind, **fields})
    assert response.status_code == 201, response.text
    interaction: Json = response.json()
    return interaction


def some_content(database: Clone, count: int = 1) -> list[str]:
    """Ids of items that are in the catalogue from the beginning."""
    query = "SELECT id::text FROM public.content WHERE key ~ '^movement-' AND deleted_at IS NULL ORDER BY id LIMIT %s"
    return [row[0] for row in database.rows(query, count)]
