"""Sends events to a project of Mixpanel in the EU, and has it delete those of a person."""

import asyncio
import gzip
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_json

from functions.analytics.events import MixpanelEvent
from functions.analytics.settings import AnalyticsSettings
from shared.outbound.messages import Limits, OutboundRequest, OutboundResponse, RequestFailed

INGESTION = "https://api-eu.mixpanel.com"
APPLICATION = "https://eu.mixpanel.com"
MOST_EVENTS = 2000  # in one request; ours have 300 bytes each, far below the limit of a body
MOST_IDS = 1999
# Mixpanel asks for pauses of two seconds and more, doubled each time. It answers with the events that it refuses.
LIMITS = Limits(seconds=120, request_seconds=30, tries=5, first_pause=4, response_bytes=2 * 1024 * 1024)
ACCEPTED = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}
NOT_STORED = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}  # nor would they be at another try


class MixpanelAway(Exception):
    """Mixpanel takes nothing for now. The message is a status or the name of an error."""


class ImportResponse(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    num_records_imported: int = 0


class Mixpanel:
    def __init__(self, own: AnalyticsSettings, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        assert own.mixpanel_token and own.mixpanel_deletion_token  # noqa: S101, PT018 - there is nothing to do without
        self._token = own.mixpanel_token.get_secret_value()
        self._deletion_token = own.mixpanel_deletion_token.get_secret_value()
        self._url = own.mixpanel_url
        self._pause = pause

    async def send(self, events: Sequence[MixpanelEvent]) -> int:
        """How many of these events Mixpanel has refused as invalid; it keeps the others. Raises `MixpanelAway`."""
        body = await asyncio.to_thread(gzip.compress, to_json(events))
        headers = {
            "Authorization": f"Basic {b64encode(f'{self._token}:'.encode()).decode()}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        response = await self._post(INGESTION, "/import", {"strict": "1"}, headers, body)
        if response.status == HTTPStatus.OK:
            return 0
        if response.status in NOT_STORED:
            return len(events) - _stored(response.body)
        raise MixpanelAway(f"status {response.status}")

    async def delete(self, ids: Sequence[UUID]) -> None:
        """Have Mixpanel delete everything under these ids, which takes it up to 30 days. Raises `MixpanelAway`."""
        headers = {"Authorization": f"Bearer {self._deletion_token}", "Content-Type": "application/json"}
        body = to_json({"distinct_ids": ids, "compliance_type": "GDPR"})
        params = {"token": self._token}
        response = await self._post(APPLICATION, "/api/app/data-deletions/v3.0/", params, headers, body)
        if response.status not in ACCEPTED:
            raise MixpanelAway(f"status {response.status}")

    async def _post(
        self, host: str, route: str, params: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> OutboundResponse:
        from shared.outbound.host import Host
        from shared.outbound.run import Run

        request = OutboundRequest("POST", route, params=params, headers=headers, body=body, repeatable=True)
        try:
            async with Run(Host(self._url or host, LIMITS, pause=self._pause)) as run:
                return await run.send(request)
        except RequestFailed as error:
            raise MixpanelAway(error.reason) from None


def _stored(body: bytes) -> int:
    try:
        return ImportResponse.model_validate_json(body).num_records_imported
    except ValidationError:
        return 0
