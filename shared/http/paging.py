"""Keyset paging: a cursor has the sort key and id of the last item of a page, for one list of one person."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
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
    """Up to `limit` items, after the page that returned the cursor."""

    limit: Limit = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None


class ForgedCursor(Invalid):
    """This cursor is not valid for this list. Start again without it."""

    code = "bad_cursor"


class Page(NamedTuple, Generic[T]):
    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True)
class Order(Generic[K]):
    """A descending order by a key and then by id: its first key, and conversion of keys to text and back."""

    first: K
    write: Callable[[K], str]
    read: Callable[[str], K]

    @property
    def start(self) -> tuple[K, UUID]:
        """The position before all items."""
        return self.first, LAST_ID

    async def page(
        self,
        query: PageQuery,
        list_id: object,
        fetch: Callable[[tuple[K, UUID], int], Awaitable[list[T]]],
        position_of: Callable[[T], tuple[K, UUID]],
    ) -> Page[T]:
        """The items after the cursor. `list_id` identifies the list: its person and its filters."""
        after = self.position(query.cursor, list_id) if query.cursor else self.start
        items = await fetch(after, query.limit + 1)
        if len(items) <= query.limit:
            return Page(items, None)
        items = items[: query.limit]
        return Page(items, self.cursor_after(*position_of(items[-1]), list_id))

    def cursor_after(self, key: K, id_: UUID, list_id: object) -> str:
        position = f"{self.write(key)} {id_}"
        return base64.urlsafe_b64encode(f"{position} {_checksum(position, list_id)}".encode()).decode()

    def position(self, cursor: str, list_id: object) -> tuple[K, UUID]:
        """The position of a cursor. Raises `ForgedCursor` if it does not belong to this list."""
        try:
            key, id_, checksum = base64.b64decode(cursor, b"-_", validate=True).decode("ascii").split(" ")
            if checksum != _checksum(f"{key} {id_}", list_id):
                raise ForgedCursor
            return self.read(key), UUID(id_)
        except (binascii.Error, ValueError):
            raise ForgedCursor from None


def _checksum(position: str, list_id: object) -> str:
    """A checksum that ties a cursor to its list. Not a secret: a cursor gives access to nothing else."""
    return sha256(f"{position} {list_id!r}".encode()).hexdigest()[:12]


NEWEST_FIRST = Order(
    datetime(2200, 1, 1, tzinfo=UTC), lambda moment: moment.astimezone(UTC).isoformat(), datetime.fromisoformat
)
BEST_FIRST = Order(inf, str, float)
COUNTED = Order(0, str, int)


def page_of(items: Sequence[T], query: PageQuery, list_id: object) -> Page[T]:
    """A page of a list that is loaded whole. A cursor says how many items come before it."""
    start, _ = COUNTED.position(query.cursor, list_id) if query.cursor else COUNTED.start
    end = start + query.limit
    return Page([*items[start:end]], COUNTED.cursor_after(end, LAST_ID, list_id) if end < len(items) else None)
