"""Pages of a list: complete, in order, and without an item twice, whatever their size."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.paging import BEST_FIRST, NEWEST_FIRST, ForgedCursor, PageQuery

Item = tuple[datetime, UUID]
moments = st.datetimes(datetime(1901, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones


class Listed:
    """A list in memory, read as Postgres would read it."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = sorted(set(items), reverse=True)

    async def fetch(self, before: Item, limit: int) -> list[Item]:
        return [item for item in self.items if item < before][:limit]


async def walked(items: Listed, limit: int) -> list[Item]:
    found: list[Item] = []
    cursor: str | None = None
    while True:
        query = PageQuery(limit=limit, cursor=cursor)
        page, cursor = await NEWEST_FIRST.page(query, "list", items.fetch, lambda item: item)
        found += page
        if cursor is None:
            return found


@given(st.lists(st.tuples(moments, st.uuids()), max_size=12), st.integers(1, 5))
async def test_pages_together_are_the_list(items: list[Item], limit: int) -> None:
    """Every item once, also where several have one moment."""
    assert await walked(Listed(items), limit) == Listed(items).items


@given(moments, st.uuids(), st.integers(-12, 12))
def test_a_cursor_is_a_place(moment: datetime, id_: UUID, hours: int) -> None:
    """It can be read back exactly, whatever zone the moment came in."""
    local = moment.astimezone(timezone(timedelta(hours=hours)))

    assert NEWEST_FIRST.position(NEWEST_FIRST.cursor_after(local, id_, "mine"), "mine") == (moment, id_)


@given(st.floats(allow_nan=False), st.uuids())
def test_a_rank_survives_a_cursor(rank: float, id_: UUID) -> None:
    """To the last bit: a rounded one would skip or repeat an item."""
    assert BEST_FIRST.position(BEST_FIRST.cursor_after(rank, id_, "mine"), "mine") == (rank, id_)


@pytest.mark.parametrize("cursor", ["", "é", "AAAA", "bm90IG91cnM=", "a" * 201])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ForgedCursor):
        NEWEST_FIRST.position(cursor, "mine")


def test_a_cursor_belongs_to_its_list() -> None:
    """That of another person, or of other filters, does not lead into this one."""
    cursor = NEWEST_FIRST.cursor_after(datetime(2026, 1, 1, tzinfo=UTC), UUID(int=1), "mine")

    with pytest.raises(ForgedCursor):
        NEWEST_FIRST.position(cursor, "yours")
