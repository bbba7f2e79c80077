"""Pages of a list by keyset: the cursor tells the place where a page ended, in one list of one person."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from math import inf
from typing import Annotated, Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import Field

from shared.errors import Invalid
from shared.http.fields import Limit, RequestModel

K = TypeVar("K")
T = TypeVar("T")

LAST_ID = UUID(int=2**128 - 1)


class PageQuery(RequestModel):
    """Which part of a list: so many items, from where the last page ended."""

    limit: Limit = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None


class ForgedCursor(Invalid):
    """This cursor is not one of ours. Start again without it."""

    code = "bad_cursor"


class Page(NamedTuple, Generic[T]):
    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True)
class Order(Generic[K]):
    """A list that descends by a key and then by id: where it begins, and its key as text and back."""

    first: K
    write: Callable[[K], str]
    read: Callable[[str], K]

    @property
    def start(self) -> tuple[K, UUID]:
        """The place before every item."""
        return self.first, LAST_ID

    async def page(
        self,
        query: PageQuery,
        whose: object,
        fetch: Callable[[tuple[K, UUID], int], Awaitable[list[T]]],
        place_of: Callable[[T], tuple[K, UUID]],
    ) -> Page[T]:
        """The items after the cursor. `whose` identifies the list: its person, and its filters."""
        after = self.place(query.cursor, whose) if query.cursor else self.start
        items = await fetch(after, query.limit + 1)
        if len(items) <= query.limit:
            return Page(items, None)
        items = items[: query.limit]
        return Page(items, self.cursor_after(*place_of(items[-1]), whose))

    def cursor_after(self, key: K, id_: UUID, whose: object) -> str:
        place = f"{self.write(key)} {id_}"
        return base64.urlsafe_b64encode(f"{place} {_mark(place, whose)}".encode()).decode()

    def place(self, cursor: str, whose: object) -> tuple[K, UUID]:
        """Where a page ended. Raises `ForgedCursor` where the cursor is not one of this list."""
        try:
            key, id_, mark = base64.b64decode(cursor, b"-_", validate=True).decode("ascii").split(" ")
            if mark != _mark(f"{key} {id_}", whose):
                raise ForgedCursor
            return self.read(key), UUID(id_)
        except (binascii.Error, ValueError):
            raise ForgedCursor from None


def _mark(place: str, whose: object) -> str:
    """Ties a cursor to its list. No secret: a cursor is only ever a place in what one may read anyway."""
    return sha256(f"{place} {whose!r}".encode()).hexdigest()[:12]


NEWEST_FIRST = Order(
    datetime(2200, 1, 1, tzinfo=UTC), lambda moment: moment.astimezone(UTC).isoformat(), datetime.fromisoformat
)
BEST_FIRST = Order(inf, str, float)
