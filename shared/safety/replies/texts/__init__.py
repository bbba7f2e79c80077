"""The written answers in place of what a model must not say, by category."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from shared.languages import Languages, TextModel


class ReplyTexts(TextModel):
    answers: Mapping[str, tuple[str, ...]]


REPLY_TEXTS = Languages(Path(__file__).parent, ReplyTexts)
FOREIGN_FILE = Path(__file__).parents[1] / "foreign.json"


def foreign_answer(locale: str | None) -> str | None:
    """What is said in place of a sentence that is neither English nor German, in the person's language, or None."""
    return _foreign_answers().get((locale or "").partition("-")[0].lower())


@cache
def _foreign_answers() -> Mapping[str, str]:
    answers: dict[str, str] = json.loads(FOREIGN_FILE.read_bytes())
    return answers
