"""Secrets of a developer's machine."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.local_secret import SIZE, local_secret


def test_whoever_asks_first_makes_it_and_all_get_the_same(tmp_path: Path) -> None:
    """Even at once: the file is locked while it is made."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: local_secret.__wrapped__(tmp_path / "new", "a.key"), range(32)))

    assert set(made) == {(tmp_path / "new" / "a.key").read_bytes()}
    assert len(made[0]) == SIZE


def test_each_name_and_each_home_has_a_secret_of_its_own(tmp_path: Path) -> None:
    """What one of them signs, another does not accept."""
    homes = [(tmp_path, "a.key"), (tmp_path, "b.key"), (tmp_path / "other", "a.key")]

    assert len({local_secret(*place) for place in homes}) == len(homes)
