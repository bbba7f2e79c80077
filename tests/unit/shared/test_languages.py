"""The language of a text, by what a person or their browser prefers."""

import json
from pathlib import Path

import pytest

from shared.languages import Languages, TextModel


class Greeting(TextModel):
    hello: str


@pytest.fixture
def greetings(tmp_path: Path) -> Languages[Greeting]:
    for code in ("en", "de", "zh", "zh-Hant"):
        (tmp_path / f"{code}.json").write_text(json.dumps({"hello": code}))
    return Languages(tmp_path, Greeting)


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("de;q=0, en", "en"),
        ("en;q=0.3, de;q=0.8", "de"),
        ("de;q=0.3, fr, en;q=0.300", "de"),
        ("fr;q=1.0, DE-at ; q=0.5", "de"),
        ("de;q=nonsense", "de"),
        ("*;q=,;, ,-", "en"),
        ("fr;q=0", "en"),
    ],
)
def test_the_heaviest_language_counts(greetings: Languages[Greeting], accepted: str, code: str) -> None:
    """Of equal ones the first. A weight of 0 refuses a language."""
    assert greetings.code(accepted) == code


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-Hans-HK", "zh"),
        ("zh-TW", "zh-Hant"),
        ("zh_hk", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("zh-Hant-TW", "zh-Hant"),
        ("de-DE-1996", "de"),
    ],
)
def test_a_script_has_texts_of_its_own(greetings: Languages[Greeting], locale: str, code: str) -> None:
    """Once there is a file for it. Taiwan, Hong Kong and Macau write traditional characters."""
    assert greetings.code(locale) == code
