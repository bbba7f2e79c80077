"""Identifiers."""

from uuid import RFC_4122

from shared.clock import unix_nanoseconds
from shared.ids import new_id


def test_ids_sort_by_creation_time() -> None:
    """Ids of the same millisecond sort as well, if they are a microsecond apart."""
    ids = []
    for _ in range(2_000):
        ids.append(new_id())
        after = unix_nanoseconds() + 1_000
        while unix_nanoseconds() < after:
            pass

    assert ids == sorted(ids)
    assert {(each.version, each.variant) for each in ids} == {(7, RFC_4122)}
