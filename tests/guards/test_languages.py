"""Every text is there in English and German, and a language is added by adding files."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from pydantic import ValidationError

from functions.account.archive.page import LANGUAGES as ARCHIVE_TEXTS
from functions.account.consents.texts import CONSENT_TEXTS, PURPOSES
from functions.account.guardian.texts import GUARDIAN_TEXTS
from functions.account.privacy.art15 import PRIVACY_TEXTS
from functions.account.safety_plan_texts import SAFETY_PLAN_TEXTS
from functions.companion.danger.texts import DANGER_TEXTS
from functions.companion.disclosure.texts import DISCLOSURE_TEXTS
from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS
from functions.companion.texts import COMPANION_TEXTS
from functions.insights.charts.texts import CHART_TEXTS
from functions.insights.discoveries.texts import INSIGHT_TEXTS
from functions.insights.experiments.texts import VERDICT_TEXTS
from functions.insights.report.texts import REPORT_TEXTS
from functions.insights.reviews.sentences import REVIEW_TEXTS
from functions.notify.texts import NOTIFY_TEXTS
from functions.plan.texts import PLAN_TEXTS
from infra.local.auth.codes import MAIL_TEXTS
from shared.labels import LABELS
from shared.languages import Languages
from shared.ranking.reason_texts import REASON_TEXTS
from shared.safety.guide import GUIDE_TEXTS
from shared.safety.replies.texts import REPLY_TEXTS

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(
    path.parent for part in ("functions", "shared", "infra/local") for path in (ROOT / part).rglob("en.json")
)
READ_SINGLY = {"shared/safety/texts"}  # a process reads only those of the fifteen languages that it shows
LOOKED_FOR = {"search", "words", "fillers", "asking"}
ALL: list[Languages[Any]] = [
    ARCHIVE_TEXTS, CHART_TEXTS, COMPANION_TEXTS, CONSENT_TEXTS, DANGER_TEXTS, DISCLOSURE_TEXTS, FLOW_TEXTS,
    FLOW_WORDS, GUARDIAN_TEXTS, GUIDE_TEXTS, INSIGHT_TEXTS, LABELS, MAIL_TEXTS, NOTIFY_TEXTS, PLAN_TEXTS,
    PRIVACY_TEXTS, REASON_TEXTS, REPLY_TEXTS, REPORT_TEXTS, REVIEW_TEXTS, SAFETY_PLAN_TEXTS, VERDICT_TEXTS,
]  # fmt: skip


def name(folder: Path) -> str:
    return str(folder.relative_to(ROOT))


def texts_by_path(texts: object, path: str = "") -> Iterator[tuple[str, str | None]]:
    """Each text by its keys, without the words that are looked for: a language has as many as it needs."""
    if isinstance(texts, dict):
        for key, value in texts.items():
            if key not in LOOKED_FOR:
                yield from texts_by_path(value, f"{path}.{key}")
    elif isinstance(texts, list):
        for index, value in enumerate(texts):
            yield from texts_by_path(value, f"{path}.{index}")
    else:
        yield path, texts if isinstance(texts, str) else None


def variables(text: str | None) -> frozenset[str]:
    return frozenset(field for _, field, _, _ in Formatter().parse(text or "") if field)


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_no_text_is_missing(folder: Path) -> None:
    """There are English and German at least, and every file has the same texts."""
    files = {path.stem: dict(texts_by_path(json.loads(path.read_bytes()))) for path in folder.glob("*.json")}
    differences = {language: texts.keys() ^ files["en"].keys() for language, texts in files.items()}

    assert files.keys() >= {"en", "de"}
    assert {language: sorted(paths) for language, paths in differences.items() if paths} == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_a_translation_has_the_variables_of_the_english_text(folder: Path) -> None:
    """A number that one language tells is told in all of them."""
    english = dict(texts_by_path(json.loads((folder / "en.json").read_bytes())))
    wrong = [
        (path.stem, key, text)
        for path in folder.glob("*.json")
        for key, text in texts_by_path(json.loads(path.read_bytes()))
        if variables(text) != variables(english[key])
    ]

    assert wrong == []


def test_all_texts_are_read_in_one_way() -> None:
    """A folder of texts belongs to a `Languages`, which is in the list above."""
    folders = {name(languages.folder) for languages in ALL}

    assert {name(folder) for folder in FOLDERS} == folders | READ_SINGLY


def test_a_purpose_has_one_name() -> None:
    """Errors name it as the page on which the person decides."""
    titles = {
        language: {purpose: texts.of(purpose).title for purpose in PURPOSES}
        for language, texts in CONSENT_TEXTS.by_code.items()
    }

    assert {language: labels.purposes for language, labels in LABELS.by_code.items()} == titles


@pytest.mark.parametrize("languages", ALL, ids=lambda languages: name(languages.folder))
def test_a_language_is_added_by_a_file(languages: Languages[Any], tmp_path: Path) -> None:
    """With a file of its own a toy language is read by its people, without a change of code."""
    shutil.copytree(languages.folder, tmp_path, ignore=shutil.ignore_patterns("*.py"), dirs_exist_ok=True)
    shutil.copy(tmp_path / "de.json", tmp_path / "tok.json")

    extended = Languages(tmp_path, type(languages.texts("en")))

    assert extended.code("tok-PG") == "tok"
    assert extended.texts("tok-PG") == languages.texts("de")
    assert languages.code("tok-PG") == "en"


@pytest.mark.parametrize("languages", ALL, ids=lambda languages: name(languages.folder))
def test_a_missing_key_is_an_error(languages: Languages[Any], tmp_path: Path) -> None:
    """The texts cannot be read at all, in any language."""
    texts = json.loads((languages.folder / "en.json").read_bytes())
    texts.popitem()
    (tmp_path / "en.json").write_bytes((languages.folder / "en.json").read_bytes())
    (tmp_path / "tok.json").write_text(json.dumps(texts))

    with pytest.raises(ValidationError):
        Languages(tmp_path, type(languages.texts("en"))).texts("en")


@pytest.mark.parametrize(
    ("preferences", "language"),
    [(("de-AT",), "de"), (("DE_ch",), "de"), (("tlh",), "en"), ((None,), "en"), (("",), "en"),
     (("fr", "de;q=0.8"), "de"), (("fr-CH, de-CH;q=0.9, en;q=0.8",), "de"), (("*",), "en"), (("de", "en-GB"), "de")],
)  # fmt: skip
def test_the_first_language_with_texts_is_shown(preferences: tuple[str | None, ...], language: str) -> None:
    """Of the profile first and then of the device, and otherwise English."""
    assert LABELS.code(*preferences) == language
