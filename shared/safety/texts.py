"""The texts of support, from `texts/<language>.json`: three variants each, so that nobody reads one twice in a row."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

VERSION = "2026-11-27.2"
VARIANTS = 3
FOLDER = Path(__file__).with_name("texts")


class SupportText(NamedTuple):
    title: str  # tells nothing to somebody else who sees the screen
    message: str
    question: str | None  # that the app may show as the next step


def support_text(key: str, locale: str, variant: int, emergency_number: str | None) -> SupportText:
    """The text in the language of a locale such as `de-AT`, in English if we have none."""
    language = all_of(locale.partition("-")[0].lower()) or all_of("en")
    text = language["texts"][key][variant % VARIANTS]
    number = emergency_number or language["local_emergency"]
    return SupportText(text["title"], text["message"].replace("{emergency_number}", number), text["question"])


@cache
def languages() -> frozenset[str]:
    return frozenset(path.stem for path in FOLDER.glob("*.json"))


@cache
def all_of(code: str) -> Mapping[str, Any]:
    """All texts of a language, read on first use. Empty for a language without texts."""
    texts: dict[str, Any] = {}
    if code in languages():
        texts = json.loads((FOLDER / f"{code}.json").read_text("utf-8"))
    return texts
