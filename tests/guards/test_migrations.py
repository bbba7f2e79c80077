"""Released migrations never change, since databases were made by them."""

from pathlib import Path

import pytest

from infra import checksums
from infra.errors import UserError
from infra.release import DUMPS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations, both released."""
    (tmp_path / "checksums").write_text("# Released migrations.\n")
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "20260101000000_pots.sql").write_text("CREATE TABLE pots ();\n")
    (folder / "20260102000000_lids.sql").write_text("CREATE TABLE lids ();\n")
    checksums.freeze("1.0.0", folder)
    return folder


def test_no_released_migration_was_changed() -> None:
    """To change the schema, add a migration; restore the files that this names."""
    assert checksums.changed() == []


def test_every_release_has_a_dump_to_upgrade_from() -> None:
    """`make freeze` writes both. Without the dump, no test would upgrade a database of that release."""
    assert [release for release in checksums.releases() if not (DUMPS / f"{release}.sql.gz").exists()] == []


def test_an_edited_or_missing_file_is_noticed(folder: Path) -> None:
    (folder / "20260101000000_pots.sql").write_text("CREATE TABLE pots (id int);\n")
    (folder / "20260102000000_lids.sql").unlink()

    assert checksums.changed(folder) == ["20260101000000_pots.sql", "20260102000000_lids.sql"]


def test_a_release_adds_its_own_migrations(folder: Path) -> None:
    """What came with an earlier release stays where it is."""
    (folder / "20260103000000_cups.sql").write_text("CREATE TABLE cups ();\n")

    assert checksums.freeze("1.1.0", folder) == ["20260103000000_cups.sql"]
    assert checksums.releases(folder) == ["1.0.0", "1.1.0"]
    assert checksums.changed(folder) == []


def test_a_release_cannot_be_made_twice(folder: Path) -> None:
    (folder / "20260103000000_cups.sql").write_text("CREATE TABLE cups ();\n")

    with pytest.raises(UserError, match=r"1\.0\.0 is released already"):
        checksums.freeze("1.0.0", folder)


def test_a_changed_file_is_not_released_again(folder: Path) -> None:
    (folder / "20260101000000_pots.sql").write_text("CREATE TABLE pots (id int);\n")

    with pytest.raises(UserError, match=r"pots\.sql was changed after its release"):
        checksums.freeze("1.1.0", folder)
