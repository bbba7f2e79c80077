"""Texts in each language: a folder `texts` beside the code that shows them, with one JSON file per language.

A new language is one new file in each of these folders. A person whose language has no file reads English.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

FALLBACK = "en"


class TextModel(BaseModel):
    """The texts of one file. A missing or unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelledText(TextModel):
    label: str
    detail: str


Texts = TypeVar("Texts", bound=BaseModel)


class Languages(Generic[Texts]):
    """The texts of one folder. All files are validated when the first text is read."""

    def __init__(self, folder: Path, model: type[Texts]) -> None:
        self.folder, self._model = folder, model

    def code(self, *preferences: str | None) -> str:
        """The first language that has a file, of locales such as `de-AT` or `Accept-Language` headers, or English."""
        locales = ",".join(filter(None, preferences)).replace("_", "-").lower().split(",")
        codes = (locale.partition(";")[0].partition("-")[0].strip() for locale in locales)
        return next((code for code in codes if code in self.by_code), FALLBACK)

    def texts(self, locale: str | None) -> Texts:
        return self.by_code[self.code(locale)]

    @cached_property
    def by_code(self) -> Mapping[str, Texts]:
        """All languages. Raises `ValidationError` if a file lacks a key."""
        return {
            path.stem: self._model.model_validate_json(path.read_bytes()) for path in sorted(self.folder.glob("*.json"))
        }
