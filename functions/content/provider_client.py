"""Reads a content provider's API and validates the fields that are used."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from functions.content.errors import BadResponse, SourceDown
from functions.content.models import safe
from shared.outbound.host import Host
from shared.outbound.messages import Limits, OutboundRequest, RequestFailed
from shared.outbound.run import Run

PROVIDER_LIMITS = Limits(seconds=120, response_bytes=2 * 1024 * 1024)


class ProviderModel(BaseModel):
    """The fields that are used, with the documented types. Other fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)


# Providers send an empty string where a name is missing. A name is judged alone: after "a song by … from …" the gate
# takes even a grave one as quoted.
Name = Annotated[str, Field(pattern=r"\S"), AfterValidator(safe)]

Params: TypeAlias = Mapping[str, str | int]
M = TypeVar("M", bound=ProviderModel)


class ProviderClient:
    """A provider's API during one run. It never requests an address from a response."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def get(self, kind: type[M], route: str, params: Params | None = None, **parts: str | int) -> M:
        return await self.send(kind, OutboundRequest("GET", route, parts, params, repeatable=True))

    async def send(self, kind: type[M], request: OutboundRequest) -> M:
        """Raises `BadResponse` if another request may succeed, and `SourceDown` if no request of this run will."""
        try:
            response = await self._run.send(request)
        except RequestFailed as error:
            raise (SourceDown if error.ends_run else BadResponse)(error.reason) from None
        if response.status == HTTPStatus.UNAUTHORIZED:
            raise SourceDown(f"status {response.status}")
        if response.status != HTTPStatus.OK:
            raise BadResponse(f"status {response.status}")
        if response.incomplete:
            raise BadResponse(response.incomplete)
        try:
            return kind.model_validate_json(response.body)
        except ValidationError as error:
            raise BadResponse(describe_error(error)) from None


@asynccontextmanager
async def provider_client(
    base_url: str, limits: Limits, headers: Mapping[str, str] | None = None
) -> AsyncIterator[ProviderClient]:
    async with Run(Host(base_url, limits, headers)) as run:
        yield ProviderClient(run)


async def paged(
    read_page: Callable[[int], Awaitable[list[JsonValue]]], page_size: int, limit: int
) -> AsyncIterator[JsonValue]:
    """The items of all pages. It counts them itself and ignores the provider's counts and links to the next page."""
    previous: list[JsonValue] = []
    for start in range(0, limit, page_size):
        items = await read_page(start)
        if items == previous:  # nothing, or the same page again
            return
        for item in items:
            yield item
        previous = items


def describe_error(error: ValidationError) -> str:
    """The first invalid field of a response and its error type, without the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['type']}".removeprefix(": ")
