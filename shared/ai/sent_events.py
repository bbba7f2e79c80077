"""Reads server-sent events, as providers send them, from the lines of a response."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import NamedTuple

from pydantic_core import from_json

from shared.ai.port import ModelFailure

LONGEST_EVENT = 1024 * 1024  # bytes


class SentEvent(NamedTuple):
    name: str
    data: str

    def json(self) -> dict[str, object]:
        """The object in the data. Raises `ValueError` if there is none."""
        value = from_json(self.data)
        if not isinstance(value, dict):
            raise TypeError("not an object")
        return value


async def sent_events(lines: AsyncIterator[bytes]) -> AsyncGenerator[SentEvent, None]:
    """The complete events. What a cut stream ends with is no event. Raises `ModelFailure` for one that is too long."""
    name, data, size = "", list[str](), 0
    async for line in lines:
        size += len(line)
        if size > LONGEST_EVENT:
            raise ModelFailure("too_large")
        field, _, value = line.decode().partition(":")
        if field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif not line:
            if data:
                yield SentEvent(name, "\n".join(data))
            name, data, size = "", [], 0
