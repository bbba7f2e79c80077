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
    """A list in memory with the same query as in Postgres."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = sorted(set(items), reverse=True)

    async def fetch(self, before: Item, limit: int) -> list[Item]:
        return [item for item in self.items if item < before][:limit]


async def walked(items: Listed, limit: int) -> list[Item]:
    listed: list[Item] = []
    cursor: str | None = None
    while True:
        query = PageQuery(limit=limit, cursor=cursor)
        page, cursor = await NEWEST_FIRST.page(query, "list", items.fetch, lambda item: item)
        listed += page
        if cursor is None:
            return listed


@given(st.lists(st.tuples(moments, st.uuids()), max_size=12), st.integers(1, 5))
async def test_pages_together_are_the_list(items: list[Item], limit: int) -> None:
    """Every item is on exactly one page, also if several have the same time."""
    assert await walked(Listed(items), limit) == Listed(items).items


@given(moments, st.uuids(), st.integers(-12, 12))
def test_a_cursor_keeps_its_position(moment: datetime, id_: UUID, hours: int) -> None:
    """The position of a cursor equals the original one, in any time zone."""
    local = moment.astimezone(timezone(timedelta(hours=hours)))

    assert NEWEST_FIRST.position(NEWEST_FIRST.cursor_after(local, id_, "mine"), "mine") == (moment, id_)


@given(st.floats(allow_nan=False), st.uuids())
def test_a_rank_survives_a_cursor(rank: float, id_: UUID) -> None:
    """It is exact: a rounded rank would skip or repeat an item."""
    assert BEST_FIRST.position(BEST_FIRST.cursor_after(rank, id_, "mine"), "mine") == (rank, id_)


@pytest.mark.parametrize("cursor", ["", "é", "AAAA", "bm90IG91cnM=", "a" * 201])
def test_an_invalid_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ForgedCursor):
        NEWEST_FIRST.position(cursor, "mine")


def test_a_cursor_belongs_to_its_list() -> None:
    """A cursor of another person or of other filters is refused."""
    cursor = NEWEST_FIRST.cursor_after(datetime(2026, 1, 1, tzinfo=UTC), UUID(int=1), "mine")

    with pytest.raises(ForgedCursor):
        NEWEST_FIRST.position(cursor, "yours")
