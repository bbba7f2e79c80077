"""The written answers in place of what a model must not say, by category."""

from collections.abc import Mapping
from pathlib import Path

from shared.languages import Languages, TextModel


class ReplyTexts(TextModel):
    answers: Mapping[str, tuple[str, ...]]


REPLY_TEXTS = Languages(Path(__file__).parent, ReplyTexts)
