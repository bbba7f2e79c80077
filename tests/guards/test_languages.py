"""Every text is there in English and German, and a language is added by adding files."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from functions.account.safety_plan_texts import LANGUAGES as SAFETY_PLAN_TEXTS
from functions.notify import texts as notify_texts
from functions.plan.texts import PLAN_TEXTS
from shared.labels import LABELS
from shared.languages import Languages
from shared.ranking.reason_texts import REASON_TEXTS

ROOT = Path(__file__).parents[2]
FOLDERS = sorted({path.parent for part in ("functions", "shared") for path in (ROOT / part).rglob("texts/*.json")})
ALL: list[Languages[BaseModel]] = [LABELS, REASON_TEXTS, PLAN_TEXTS, SAFETY_PLAN_TEXTS]  # type: ignore[list-item]


def keys(texts: object, path: str = "") -> Iterator[str]:
    if isinstance(texts, dict):
        for key, value in texts.items():
            yield from keys(value, f"{path}.{key}")
    else:
        yield path


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_no_text_is_missing(folder: Path) -> None:
    """A folder has English and German at least, and every file has the same keys."""
    files = {path.stem: {*keys(json.loads(path.read_bytes()))} for path in folder.glob("*.json")}

    assert files.keys() >= {"en", "de"}
    assert {language: found ^ files["en"] for language, found in files.items() if found != files["en"]} == {}


@pytest.mark.parametrize("languages", ALL, ids=lambda languages: str(languages.folder.relative_to(ROOT)))
def test_a_language_is_added_by_a_file(languages: Languages[BaseModel], tmp_path: Path) -> None:
    """With a file of its own a toy language is read by its people, without a change of code."""
    shutil.copytree(languages.folder, tmp_path, dirs_exist_ok=True)
    german = (tmp_path / "de.json").read_text("utf-8")
    (tmp_path / "tok.json").write_text(german, "utf-8")

    extended = Languages(tmp_path, type(languages.texts("en")))

    assert extended.code("tok-PG") == "tok"
    assert extended.texts("tok-PG") == extended.texts("de")
    assert languages.code("tok-PG") == "en"


def test_a_missing_key_is_an_error(tmp_path: Path) -> None:
    """Also where a language is read for the first time."""
    labels = json.loads((LABELS.folder / "en.json").read_bytes())
    del labels["moods"]["sad"]
    (tmp_path / "en.json").write_text(json.dumps(labels))

    with pytest.raises(ValueError, match="every mood"):
        Languages(tmp_path, type(LABELS.texts("en"))).texts("en")


def test_mails_and_pushes_have_a_toy_language_too(tmp_path: Path) -> None:
    shutil.copytree(notify_texts.FOLDER, tmp_path, dirs_exist_ok=True)
    shutil.copy(tmp_path / "de.json", tmp_path / "tok.json")

    assert notify_texts.load(tmp_path).keys() == {"de", "en", "tok"}
