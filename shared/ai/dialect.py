"""What the modules of the providers have in common. Each is a `Dialect`: it writes requests and reads replies.

They read what a provider sends without checking each type: `engine` turns every error of that kind into a failure
that can be told.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import Any, Protocol

from pydantic_core import from_json, to_json

from shared.ai.port import FailureKind, ModelEvent, ModelFailure, ModelPicture, ModelRequest, ToolCall, Usage
from shared.ai.sent_events import SentEvent
from shared.outbound.messages import OutboundRequest

FAILURES: Mapping[int, FailureKind] = {
    401: "credentials",
    402: "spending_limit",
    403: "credentials",
    408: "unavailable",
    409: "unavailable",
    413: "too_large",
    425: "unavailable",
    429: "rate_limited",
    503: "overloaded",
    529: "overloaded",
}
SERVER_ERROR = 500
MOST_TOKENS = 10_000_000  # that a reply can have


class Dialect(Protocol):
    BASE_URL: str
    TELLS_WHEN: bool  # a 429 without `Retry-After` is a limit of spending
    COUNTED: str  # the field of an answer to `count_request` that has the tokens

    PICTURE_TOKENS: int  # that a picture of 1280 by 1280 pixels has, by the rule of the provider

    def outbound_request(self, request: ModelRequest, model: str, max_tokens: int, key: str) -> OutboundRequest: ...

    def count_request(self, request: ModelRequest, model: str, key: str, /) -> OutboundRequest | None:
        """Asks how many tokens a request has. None if the provider does not count."""
        ...

    def read(self, events: AsyncIterator[SentEvent]) -> AsyncGenerator[ModelEvent, None]:
        """The events of a reply. Raises `ModelFailure`, or ends without a last event if the reply is cut off."""
        ...


def post(route: str, headers: Mapping[str, str], body: Mapping[str, Any], **parts: str) -> OutboundRequest:
    """A request for a stream of events. It may be repeated: it changes nothing, and costs money only."""
    sent = {"Accept": "text/event-stream", "Content-Type": "application/json", **headers}
    return OutboundRequest("POST", route, parts, headers=sent, body=to_json(body), repeatable=True)


def data_url(picture: ModelPicture) -> str:
    return f"data:{picture.media_type};base64,{picture.base64}"


def named_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema as OpenAI wants it. `strict`: the model can write nothing else."""
    return {"name": "answer", "schema": schema, "strict": True}


def failure_of_status(status: int, retry_after: float | None = None) -> ModelFailure:
    """The failure that an HTTP status means."""
    return ModelFailure(FAILURES.get(status, "unavailable" if status >= SERVER_ERROR else "rejected"), retry_after)


def tool_call(id_: str, name: str, arguments: str) -> ToolCall:
    """A call with its arguments as the model wrote them. Raises `ValueError` if they are no JSON object."""
    value = from_json(arguments or "{}")
    if not isinstance(value, dict):
        raise TypeError("the arguments are not an object")
    return ToolCall(id_, name, value)


def usage(input_tokens: object, output_tokens: object, cached_tokens: object = 0) -> Iterator[Usage]:
    """The tokens, unless a number is missing or cannot be right."""
    match input_tokens, output_tokens, cached_tokens or 0:
        case int(given), int(written), int(cached) if (
            min(given, written, cached) >= 0 and max(given, written) <= MOST_TOKENS
        ):
            yield Usage(given, written, cached)
