"""Delivers events to functions, as the CloudEvents that Eventarc makes of Pub/Sub messages."""

from collections.abc import Mapping
from typing import Any, Self

import httpx
from starlette.routing import Mount, Router
from starlette.types import ASGIApp

from shared.clock import utc_now

TOPICS = "//pubsub.googleapis.com/projects/local/topics/"


class FunctionClient:
    """Sends HTTP requests to the functions of this process, without a network."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self.names = list(apps)
        router = Router([Mount(f"/{name}", app) for name, app in apps.items()])
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(router), base_url="http://functions.local")

    async def wake(self, name: str, headers: Mapping[str, str]) -> None:
        await self._client.post(f"/{name}/", headers=headers)

    async def deliver(self, name: str, event_id: str, data: Any) -> bool:  # noqa: ANN401 - a message, possibly malformed
        """Deliver a Pub/Sub message. Returns whether the function acknowledged it."""
        headers = cloud_event_headers(event_id, data)
        return (await self._client.post(f"/{name}/", headers=headers, json=data)).is_success

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


def cloud_event_headers(event_id: str, data: Any) -> dict[str, str]:  # noqa: ANN401 - the same
    subscription = data.get("subscription", "") if isinstance(data, dict) else ""
    return {
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        "ce-source": TOPICS + subscription.rpartition("/")[2],
        "ce-id": event_id,
        "ce-time": utc_now().isoformat(),
    }
