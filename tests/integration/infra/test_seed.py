"""The catalogue in the database follows the files."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.seed import CONTENT, id_of, read, seed
from tests.conftest import ADMIN, Clone

WALK = {
    "key": "movement-walk",
    "title": "A walk",
    "body": "Once around the block.",
    "minutes": 10,
    "effort": 1,
    "fits": ["sad", "bored"],
    "leads": [0.5, 0.25],
    "tags": ["outdoors"],
    "evidence": "walking",
    "repeatable": True,
    "attribution": None,
    "url": None,
}
PROOF = {
    "effect": 0.6,
    "citation": "Somebody 2024",
    "finding": "It helped.",
    "says": {"en": "It helped people", "de": "Es hat Menschen geholfen"},
}


@pytest.fixture
def folder(tmp_path: Path, database: Clone) -> Path:
    database.rows("DELETE FROM public.content RETURNING 1")
    (tmp_path / "evidence.yaml").write_text(yaml.safe_dump({"walking": PROOF}))
    return tmp_path


def write(folder: Path, *items: dict[str, Any]) -> Path:
    (folder / "movement.yaml").write_text(yaml.safe_dump(list(items)))
    return folder


def stored(database: Clone, column: str) -> Any:  # noqa: ANN401 - whatever the column holds
    return database.value(f"SELECT {column} FROM public.content WHERE key = 'movement-walk'")  # noqa: S608 - no input


def test_an_item_is_stored_with_half_of_what_trials_found(folder: Path, database: Clone) -> None:
    """Trials measure groups of volunteers, so the prior for one person is half of their effect."""
    assert seed(database.dsn(ADMIN), write(folder, WALK)) == (1, 0)

    assert stored(database, "id") == id_of("movement-walk")
    assert stored(database, "kind") == "movement"
    assert stored(database, "evidence") == {**PROOF, "effect": 0.3}
    assert stored(database, "(leads_valence, leads_arousal)::text") == "(0.5,0.25)"
    assert stored(database, "version") == 1


def test_seeding_again_changes_nothing(folder: Path, database: Clone) -> None:
    seed(database.dsn(ADMIN), write(folder, WALK))
    before = database.rows("SELECT * FROM public.content")

    assert seed(database.dsn(ADMIN), folder) == (0, 0)
    assert database.rows("SELECT * FROM public.content") == before


@pytest.mark.parametrize("change", [{"title": "A stroll"}, {"fits": ["sad"]}, {"evidence": None}, {"leads": [0, 0]}])
def test_a_changed_item_gets_a_new_version(folder: Path, database: Clone, change: dict[str, Any]) -> None:
    seed(database.dsn(ADMIN), write(folder, WALK))

    assert seed(database.dsn(ADMIN), write(folder, WALK | change)) == (1, 0)
    assert stored(database, "version") == 2


def test_an_item_that_left_the_files_is_retired_and_may_return(folder: Path, database: Clone) -> None:
    """Recommendations already shown still point to it, so its row stays."""
    seed(database.dsn(ADMIN), write(folder, WALK))

    assert seed(database.dsn(ADMIN), write(folder)) == (0, 1)
    assert stored(database, "deleted_at") is not None
    assert seed(database.dsn(ADMIN), write(folder, WALK)) == (1, 0)
    assert stored(database, "deleted_at") is None


def test_what_was_made_elsewhere_stays(folder: Path, database: Clone) -> None:
    """An item that an admin wrote is in no file, and is not retired for that."""
    made = """
        INSERT INTO public.content (id, key, kind, title, minutes, effort, fits, leads_valence, leads_arousal)
        VALUES (gen_random_uuid(), 'made-by-hand', 'rest', 'A nap', 20, 1, '{tired}', 0.3, -0.2) RETURNING 1
    """
    database.rows(made)

    assert seed(database.dsn(ADMIN), write(folder)) == (0, 0)


def test_a_wrong_item_leaves_the_catalogue_as_it_was(folder: Path, database: Clone) -> None:
    """All or nothing."""
    with pytest.raises(ValueError, match="no such mood: gloomy"):
        seed(database.dsn(ADMIN), write(folder, WALK, WALK | {"key": "movement-run", "fits": ["gloomy"]}))

    assert database.value("SELECT count(*) FROM public.content") == 0


def test_our_own_files_can_be_read() -> None:
    rows = read(CONTENT)

    assert len(rows) >= 60
    assert len({row["kind"] for row in rows}) >= 8
