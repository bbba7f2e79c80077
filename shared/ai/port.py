"""What is asked of a model, and the events of its reply. Every provider is reached through this port.

A reply ends with exactly one `Done`, `Refusal` or `Failed`.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

FailureKind: TypeAlias = Literal[
    "rate_limited",
    "overloaded",
    "unavailable",
    "cut_short",
    "unreadable",
    "empty",
    "too_large",
    "credentials",  # ours are missing or wrong
    "spending_limit",  # of our account at the provider
    "rejected",  # the provider refuses the request as it is
    "declined",  # the provider or the model does not answer this
]
TRANSIENT: frozenset[FailureKind] = frozenset(
    {"rate_limited", "overloaded", "unavailable", "cut_short", "unreadable", "empty"}
)


class ModelPicture(NamedTuple):
    media_type: str
    base64: str


class ModelMessage(NamedTuple):
    """Pictures are of the person, and only for a model that sees."""

    role: Literal["user", "assistant"]
    text: str
    pictures: Sequence[ModelPicture] = ()


class ModelTool(NamedTuple):
    """A function that the model may ask for. `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: Mapping[str, Any]
    signature: str = ""  # of Gemini, which wants it back with the result


class ToolResult(NamedTuple):
    call: ToolCall
    text: str


class ToolRound(NamedTuple):
    """What a model wrote and called on the way to a reply, and the results that it goes on with."""

    text: str
    results: Sequence[ToolResult]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """`caller` is a hash of the person, by which a provider may recognise misuse. It is never their id.

    `rounds` are those of the reply that is being written. With `must_write` no tool may be called any more. With a
    `schema`, which is a JSON schema, the answer shall be an object of that form; `answers` makes sure that it is.
    """

    system: str
    messages: Sequence[ModelMessage]
    caller: str
    tools: Sequence[ModelTool] = ()
    rounds: Sequence[ToolRound] = ()
    must_write: bool = False
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A model is asked now. After a failure, another one may be."""

    model: str  # provider/model


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the provider counted them. `cached_tokens` are part of the input."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """The provider or the model declines to reply. Text that came before is not to be relied on."""


@dataclass(frozen=True, slots=True)
class Done:
    reason: Literal["stop", "length", "tools"]


@dataclass(frozen=True, slots=True)
class Failed:
    kind: FailureKind
    retry_after: float | None = None  # seconds


ModelEvent: TypeAlias = Asked | TextDelta | ToolCall | Usage | Refusal | Done | Failed


class ModelPort(Protocol):
    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The events of a reply. Close the generator to end the provider's request."""
        ...

    async def count(self, request: ModelRequest) -> int | None:
        """How many tokens a request has, as the provider counts. None if it does not, or not within two seconds."""
        ...


class ModelFailure(Exception):
    """A try failed. The message is the kind, never what the provider said."""

    def __init__(self, kind: FailureKind, retry_after: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.retry_after = retry_after
