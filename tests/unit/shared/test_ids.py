"""Identifiers."""

from uuid import RFC_4122

from shared.clock import unix_nanoseconds
from shared.ids import new_id


def test_ids_sort_by_the_time_they_were_made() -> None:
    """Even those of one millisecond, as long as a microsecond lies between them."""
    made = []
    for _ in range(2_000):
        made.append(new_id())
        after = unix_nanoseconds() + 1_000
        while unix_nanoseconds() < after:
            pass

    assert made == sorted(made)
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}
