"""Secrets of a developer's machine."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.local_secret import SIZE, local_secret


def test_concurrent_callers_get_the_same_secret(tmp_path: Path) -> None:
    """This also holds for concurrent processes, because the file is locked."""
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: local_secret.__wrapped__(tmp_path / "new", "a.key"), range(32)))

    assert set(results) == {(tmp_path / "new" / "a.key").read_bytes()}
    assert len(results[0]) == SIZE


def test_each_name_and_each_home_has_a_secret_of_its_own(tmp_path: Path) -> None:
    """A signature by one secret is not valid for another."""
    homes = [(tmp_path, "a.key"), (tmp_path, "b.key"), (tmp_path / "other", "a.key")]

    assert len({local_secret(*place) for place in homes}) == len(homes)
