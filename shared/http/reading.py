"""From bytes to what a handler wants, or to a clear refusal that never repeats what was sent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from shared.errors import Fault, Invalid, MendError, NotJson, TooLarge, WrongMediaType
from shared.http.operations import JSON, AnyOperation, BodyReader, Operation, Schema

M = TypeVar("M", bound=BaseModel)
MIB = 1024 * 1024
NOT_JSON = frozenset({"json_invalid", "json_type"})


@dataclass(frozen=True)
class JsonBody(Generic[M]):
    """A JSON body of that model."""

    model: type[M]
    max_bytes: int = MIB
    media_types: tuple[str, ...] = (JSON,)

    def read(self, content_type: str, body: bytes) -> M:  # noqa: ARG002 - one of several kinds of body
        try:
            return self.model.model_validate_json(body)
        except ValidationError as error:
            raise refusal(error, "body") from None
        except RecursionError:
            raise NotJson from None

    def models(self) -> tuple[type[BaseModel], ...]:
        return (self.model,)

    def schema(self, media_type: str, schema_of: Callable[[type[BaseModel]], Schema]) -> Schema:  # noqa: ARG002
        return schema_of(self.model)


async def read_body(request: Request, reader: BodyReader[Any]) -> bytes:
    """The whole body, given up as soon as it is too large."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in reader.media_types:
        raise WrongMediaType(f"Send {' or '.join(reader.media_types)}.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise WrongMediaType("Send the body uncompressed.")
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > reader.max_bytes:
        raise TooLarge(f"A body may have {reader.max_bytes} bytes.")
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > reader.max_bytes:
                raise TooLarge(f"A body may have {reader.max_bytes} bytes.")
    except ClientDisconnect:
        raise CallerLeft from None
    return bytes(received)


class CallerLeft(MendError):
    """The caller closed the connection before the request was complete."""

    status, code = 400, "caller_left"


def read_query(request: Request, operation: AnyOperation) -> Any:  # noqa: ANN401 - the operation's own query model
    pairs = request.query_params.multi_items()
    model = operation.query if isinstance(operation, Operation) else None
    if model is None:
        unknown = [Fault(("query", name), "This is not known here.") for name, _ in pairs]
        if unknown:
            raise Invalid(faults=unknown)
        return None
    if repeated := _repeated(name for name, _ in pairs):
        raise Invalid(faults=[Fault(("query", name), "Give this once.") for name in repeated])
    try:
        return model.model_validate_strings(dict(pairs))
    except ValidationError as error:
        raise refusal(error, "query") from None


def _repeated(names: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    return [name for name, times in seen.items() if times > 1]


def refusal(error: ValidationError, part: str) -> MendError:
    errors = error.errors(include_input=False, include_context=False, include_url=False)
    if any(e["type"] in NOT_JSON for e in errors):
        return NotJson()
    return Invalid(faults=[Fault((part, *_known(e["loc"], e["type"])), e["msg"]) for e in errors])


def _known(loc: tuple[str | int, ...], kind: str) -> tuple[str | int, ...]:
    """A field that we do not know was named by the caller, so its name is input too."""
    return (*loc[:-1], "(unknown field)") if kind == "extra_forbidden" else loc
