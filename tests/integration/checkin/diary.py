"""Short forms of the requests that tests of check-ins make."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.conftest import Client, ClientFactory

DAY = timedelta(days=1)


def days_before(moment: datetime, *days: int) -> list[str]:
    return [(moment - DAY * number).isoformat() for number in days]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def checked_in(client: Client, **fields: object) -> dict[str, Any]:
    """The answer to a new check-in."""
    response = await client.post("/", json={"mood": "okay", "intensity": 5} | fields)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def checked_in_at(client: Client, *moments: str) -> None:
    for moment in moments:
        await checked_in(client, occurred_at=moment)


async def streak_of(client: Client) -> tuple[int, int]:
    """The current and the longest run."""
    streak = (await client.get("/streak")).json()
    return streak["current"], streak["longest"]


async def history_of(client: Client, **query: str | int) -> list[dict[str, Any]]:
    """Every entry, newest first, page by page."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/", params={**query, **cursor})).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


async def profile_set(client_for: ClientFactory, client: Client, **profile: object) -> None:
    response = await client_for("account", client.person).patch("/profile", json=profile)
    assert response.status_code == 200, response.text


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """The body of a problem without its `request_id`."""
    return {name: value for name, value in response.json().items() if name != "request_id"}
