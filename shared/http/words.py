"""The words of a request, which the safety gate reads, and what the fields beside them tell of their entry."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from shared.errors import MendError
from shared.http.inputs import LARGE_BODY, read_body
from shared.http.operations import BodyReader
from shared.safety.care import CARE_LASTS

ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
MAX_REFUSED_TEXT = 20_000  # characters, of a body that was refused
# Of a request without a valid token, whose sender may be anybody:
MAX_UNKNOWN_BODY = 16_384  # bytes
MAX_UNKNOWN_TEXT = 4_000  # characters
UNKNOWN_BODY_SECONDS = 2


class Words(NamedTuple):
    """A text of a request, and the fields of the object that it is in."""

    text: str
    fields: Mapping[str, Any] | None = None


class EntryFields(BaseModel):
    """What the fields beside a text tell of its entry. Anything else in them is ignored."""

    model_config = ConfigDict(defer_build=True)

    id: UUID | None = None
    occurred_at: AwareDatetime | None = None
    edited_at: AwareDatetime | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any] | None) -> Self:
        try:
            return cls.model_validate(fields or {})
        except ValidationError:
            return cls()

    @property
    def version(self) -> UUID | None:
        """Identifies the entry as it was last edited."""
        return self.id and uuid5(self.id, self.edited_at.isoformat() if self.edited_at else "")

    def is_older_than_care(self, now: datetime) -> bool:
        moment = self.edited_at or self.occurred_at
        return moment is not None and moment < now - CARE_LASTS


def words_in(value: object, fields: Mapping[str, Any] | None = None) -> Iterator[Words]:
    """All texts in a model, or in parsed JSON."""
    if isinstance(value, str):
        yield Words(value, fields)
    elif isinstance(value, BaseModel):
        yield from words_in(value.__dict__)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from words_in(part, value)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from words_in(part, fields)


def words_in_refused(body: bytes) -> Iterator[Words]:
    """The first texts in a body that was refused. One that is large, or is not JSON, is a text itself."""
    try:
        if len(body) <= LARGE_BODY:
            yield from first_words(words_in(json.loads(body)), MAX_REFUSED_TEXT)
            return
    except (ValueError, RecursionError):
        pass
    text = body[:MAX_REFUSED_TEXT].decode("utf-8", "replace")
    yield Words(ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), text))


def first_words(words: Iterable[Words], budget: int) -> Iterator[Words]:
    """The texts until so many characters are reached."""
    for text, fields in words:
        yield Words(text[:budget], fields)
        budget -= len(text)
        if budget <= 0:
            return


def words_in_query(request: Request) -> Iterator[Words]:
    return map(Words, request.query_params.values())


async def words_of_unknown(request: Request, reader: BodyReader[Any] | None) -> list[Words]:
    """The first words of a request without a valid token. A body that is long, or comes slowly, is not read."""
    words = list(words_in_query(request))
    with suppress(MendError, TimeoutError):
        if reader:
            async with asyncio.timeout(UNKNOWN_BODY_SECONDS):
                words += words_in_refused(await read_body(request, reader, MAX_UNKNOWN_BODY))
    return list(first_words(words, MAX_UNKNOWN_TEXT))
