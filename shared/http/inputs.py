"""Reads and validates bodies and queries. Errors never contain the input."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect, Request

from shared.auth import Person
from shared.errors import Fault, Invalid, MendError, NotJson, Sentence, TooLarge, WrongMediaType
from shared.http.fault_messages import fault_message
from shared.http.operations import AnyOperation, BodyReader, PublicOperation, Schema
from shared.http.responses import JSON

M = TypeVar("M", bound=BaseModel)
MIB = 1024 * 1024
LARGE_BODY = 64 * 1024  # reading a larger one takes the event loop more than a few milliseconds
NOT_JSON = frozenset({"json_invalid", "json_type"})
MOST_MEMBERS = 5_000  # of all objects of a body together
DEEPEST = 200  # objects within each other, as for pydantic
JSON_SIGN = re.compile(rb'\\.|[":{}]', re.DOTALL)  # an escaped character, or a sign
# An emoji as two escapes, half of one, or another escape.
ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)
UNREADABLE = rb"\ufffd"  # the character that stands for one that cannot be read
BREAK = re.compile(r"Invalid JSON: (.+ at line [0-9]+ column [0-9]+)")  # pydantic names signs here, never the input
LENGTH = re.compile("[0-9]{1,15}")
MOST_FAULTS = 100  # a MiB can contain a hundred thousand faults, and reporting one takes many times its size
NO_FIELDS = b"{}"  # what a missing body stands for, where it may be missing
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
KEY = "[key]"  # what pydantic adds where not the value but the key of a map is at fault
UNKNOWN = "(unknown field)"  # instead of a name that may be any text


@dataclass(frozen=True, slots=True)
class ValidatedRequest:
    """A person's validated request. Its transaction may run more than once."""

    person: Person
    body: Any
    query: Any
    path: Mapping[str, Any]
    key: str | None
    fingerprint: bytes


@dataclass(frozen=True)
class JsonBody(Generic[M]):
    """A JSON body, validated by a model."""

    model: type[M]
    max_bytes: int = MIB
    media_types: tuple[str, ...] = (JSON,)

    def read(self, content_type: str, body: bytes) -> M:  # noqa: ARG002 - part of the `BodyReader` protocol
        if not body:
            raise NotJson(needed_body(self) if self.only_body() else "The body is empty.")
        if len(body) > LARGE_BODY:
            _check_size(body)
        try:
            return self._validate(body)
        except ValidationError as error:
            raise invalid_input(error, "body", self.model) from None
        except RecursionError:
            raise NotJson from None

    def _validate(self, body: bytes) -> M:
        """The valid body. One with half an emoji, of a text that an app has cut, is read with a sign in its place."""
        try:
            return self.model.model_validate_json(body)
        except ValidationError:
            if rb"\ud" not in body.lower():
                raise
        whole = ESCAPE.sub(lambda escape: UNREADABLE if escape[1] else escape[0], body)
        return self.model.model_validate_json(whole)

    def may_be_missing(self) -> bool:
        """Whether an empty object is valid: then a request without a body is one with `{}`."""
        try:
            self.model.model_validate({})
        except ValidationError:
            return False
        return True

    def only_body(self) -> Mapping[str, object]:
        """The one body that there is, of a model whose fields have one value each, or an empty one."""
        values = {name: get_args(field.annotation) for name, field in self.model.model_fields.items()}
        is_fixed = all(len(each) == 1 and isinstance(each[0], str) for each in values.values())
        return {name: value for name, (value,) in values.items()} if is_fixed else {}

    def models(self) -> tuple[type[BaseModel], ...]:
        return (self.model,)

    def schema(self, media_type: str, schema_of: Callable[[type[BaseModel]], Schema]) -> Schema:  # noqa: ARG002
        return schema_of(self.model)


def _check_size(body: bytes) -> None:
    """Refuse far more members than any valid body has, because pydantic stops all threads while it lists them."""
    members = depth = 0
    in_string = False
    for sign in JSON_SIGN.finditer(body):
        if sign[0] == b'"':
            in_string = not in_string
        if in_string:
            continue
        members += sign[0] == b":"
        depth += (sign[0] == b"{") - (sign[0] == b"}")
        if depth > DEEPEST:
            raise NotJson
        if members > MOST_MEMBERS:
            raise Invalid(faults=[Fault(("body",), Sentence("This has more than {most:,} fields.", most=MOST_MEMBERS))])


def needed_body(reader: BodyReader[Any]) -> str:
    """What to send, with the body itself where there is only one."""
    only = reader.only_body() if isinstance(reader, JsonBody) else {}
    body = f"the body {json.dumps(only)}" if only else "a body"
    return f"Send {body} with the header Content-Type: {' or '.join(reader.media_types)}."


def may_be_missing(reader: BodyReader[Any]) -> bool:
    return isinstance(reader, JsonBody) and reader.may_be_missing()


async def read_body(request: Request, reader: BodyReader[Any], max_bytes: int | None = None) -> bytes:
    """The body. Raises `TooLarge` as soon as more bytes have arrived than this, or than the reader allows."""
    max_bytes = max_bytes or reader.max_bytes
    if request.headers.get("content-encoding", "identity") != "identity":
        raise WrongMediaType("Send the body uncompressed.")
    declared = request.headers.get("content-length", "0")
    if not LENGTH.fullmatch(declared) or int(declared) > max_bytes:
        raise TooLarge(f"A body may have at most {max_bytes:,} bytes.")
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > max_bytes:
                raise TooLarge(f"A body may have at most {max_bytes:,} bytes.")
    except ClientDisconnect:
        raise CallerLeft from None
    return bytes(received) or (NO_FIELDS if may_be_missing(reader) else b"")


async def parse_body(reader: BodyReader[Any], request: Request, body: bytes) -> object:
    """What the reader makes of the body. A large one is read in a thread.

    The media type is checked here, so that the words of a body of a wrong one have been read: they may tell of danger.
    """
    content_type = request.headers.get("content-type", "")
    is_expected = content_type.partition(";")[0].strip().lower() in reader.media_types
    if not is_expected and not (body == NO_FIELDS and may_be_missing(reader)):
        raise WrongMediaType(needed_body(reader))
    if len(body) > LARGE_BODY:
        return await asyncio.to_thread(reader.read, content_type, body)
    return reader.read(content_type, body)


async def read_public_body(request: Request, operation: PublicOperation) -> Any:  # noqa: ANN401 - what its reader makes
    reader = operation.body
    if reader is None:
        return None
    body = await read_body(request, reader)
    return await parse_body(reader, request, body)


class CallerLeft(MendError):
    """The caller closed the connection before the request was complete."""

    status, code = 400, "caller_left"


def read_query(request: Request, operation: AnyOperation) -> Any:  # noqa: ANN401 - the operation's own query model
    pairs = request.query_params.multi_items()
    model = operation.query
    if model is None:
        if pairs:
            raise Invalid(faults=[Fault(("query", _printable(pairs[0][0])), Sentence("This route has no parameters."))])
        return None
    once = dict(pairs)
    if len(once) < len(pairs):
        raise Invalid(faults=[Fault(("query",), Sentence("Give each parameter once."))])
    try:
        return model.model_validate_strings(once)
    except ValidationError as error:
        raise invalid_input(error, "query", model) from None


def invalid_input(error: ValidationError, part: str, model: type[BaseModel]) -> MendError:
    if error.error_count() > MOST_FAULTS:
        return Invalid(faults=[Fault((part,), Sentence("This has more than {most} faults.", most=MOST_FAULTS))])
    errors = error.errors(include_input=False, include_url=False)
    broken = next((e for e in errors if e["type"] in NOT_JSON), None)
    if broken:
        place = BREAK.fullmatch(broken["msg"])
        return NotJson(f"The body is not valid JSON: {place[1]}." if place else None)
    return Invalid(faults=[Fault((part, *_location(e)), fault_message(e, model)) for e in errors])


def _location(error: ErrorDetails) -> tuple[str | int, ...]:
    """Where the fault is. The name of an unknown field, and the key of a map, may be any text."""
    return tuple(_printable(part) if isinstance(part, str) else part for part in error["loc"] if part != KEY)


def _printable(name: str) -> str:
    """The name, if it looks like one of a field: any other text is not repeated."""
    return name if FIELD_NAME.fullmatch(name) else UNKNOWN
