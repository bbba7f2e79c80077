"""Sends events to a project of Mixpanel in the EU, and has it delete those of a person."""

import asyncio
import gzip
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator
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
DELETIONS = "/api/app/data-deletions/v3.0/"
NOT_STORED = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}  # nor would they be at another try


FAILED = {"FAILURE", "REVOKED", "NOT_FOUND"}  # a new task is needed

TaskState: TypeAlias = Literal["waiting", "done", "failed"]


class MixpanelAway(Exception):
    """Mixpanel takes nothing for now. The message is a status or the name of an error."""


class ImportResponse(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    num_records_imported: int = 0


class Task(BaseModel):
    """A deletion. Mixpanel's reference names `task_id`, and the example beside it `tracking_id`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str = Field(default="", validation_alias=AliasChoices("task_id", "tracking_id"))
    status: str = "UNKNOWN"


class TaskResponse(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    results: Task

    @field_validator("results", mode="before")
    @classmethod
    def _first(cls, results: object) -> object:
        return results[0] if isinstance(results, list) and results else results


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
        request = OutboundRequest(
            "POST", "/import", params={"strict": "1"}, headers=headers, body=body, repeatable=True
        )
        response = await self._send(INGESTION, request)
        if response.status == HTTPStatus.OK:
            return 0
        if response.status in NOT_STORED:
            return len(events) - _stored(response.body)
        raise MixpanelAway(f"status {response.status}")

    async def delete(self, ids: Sequence[UUID]) -> str:
        """Have Mixpanel delete everything under these ids, which takes it up to 30 days. Returns the id of its task.

        Raises `MixpanelAway`.
        """
        body = to_json({"distinct_ids": ids, "compliance_type": "GDPR"})
        response = await self._send(APPLICATION, self._about_deletions("POST", DELETIONS, body=body))
        if response.status not in ACCEPTED:
            raise MixpanelAway(f"status {response.status}")
        if id_ := _task(response.body).id:
            return id_
        raise MixpanelAway("no id of a task")

    async def task_state(self, id_: str) -> TaskState:
        """What has become of a task. Mixpanel takes one request about deletions a second. Raises `MixpanelAway`."""
        await self._pause(1)
        response = await self._send(APPLICATION, self._about_deletions("GET", DELETIONS + "{id}", {"id": id_}))
        if response.status == HTTPStatus.NOT_FOUND:
            return "failed"
        if response.status != HTTPStatus.OK:
            raise MixpanelAway(f"status {response.status}")
        status = _task(response.body).status
        if status == "SUCCESS":
            return "done"
        return "failed" if status in FAILED else "waiting"

    def _about_deletions(
        self, method: Literal["GET", "POST"], route: str, parts: Mapping[str, str] | None = None, body: bytes = b""
    ) -> OutboundRequest:
        headers = {"Authorization": f"Bearer {self._deletion_token}", "Content-Type": "application/json"}
        params = {"token": self._token}
        return OutboundRequest(method, route, parts, params, headers, body, repeatable=True)

    async def _send(self, host: str, request: OutboundRequest) -> OutboundResponse:
        from shared.outbound.host import Host
        from shared.outbound.run import Run

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


def _task(body: bytes) -> Task:
    """Of an unreadable response, nothing is known."""
    try:
        return TaskResponse.model_validate_json(body).results
    except ValidationError:
        return Task()
