"""What a person reads, in their language: reviewed data, checked as a whole before any of it is used.

A lock screen shows it to everybody, and a mail passes many hands: numbers are all that may be filled in.
"""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from functions.notify.kinds import KINDS

FOLDER = Path(__file__).with_name("texts")
FALLBACK = "en"
VARIABLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **{name: kind.variables for name, kind in KINDS.items()},
        "bundle": frozenset({"count"}),
        "test": frozenset(),
    }
)
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=120)]  # what a lock screen shows of it


class PushWords(NamedTuple):
    title: str
    body: str


class MailWords(NamedTuple):
    subject: str
    text: str
    html: str


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[Sentence, StringConstraints(max_length=40)]
    body: Sentence
    subject: Sentence
    paragraphs: Annotated[tuple[Sentence, ...], Field(min_length=1)]

    def variables(self) -> set[str]:
        """Everything that stands in braces, with what somebody may have added to a name."""
        texts = " ".join((self.title, self.body, self.subject, *self.paragraphs))
        parts = [part[1:] for part in Formatter().parse(texts) if part[1] is not None]
        return {f"{name}{spec}{conversion or ''}" for name, spec, conversion in parts}


class Page(BaseModel):
    """Where the link at the end of a mail leads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Sentence
    yes: Sentence
    done: Sentence
    again: Sentence
    expired: Sentence
    invalid: Sentence
    instead: Sentence


class Language(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    footer: Sentence
    unsubscribe: Sentence
    page: Page
    kinds: Mapping[str, Message]

    @model_validator(mode="after")
    def _says_everything(self) -> Self:
        if {kind: message.variables() for kind, message in self.kinds.items()} != VARIABLES:
            raise ValueError("every kind must be there, with its variables and no others")
        return self


def accepts(kind: str, data: Mapping[str, object]) -> bool:
    """Whether there are words for this, to be asked when a message is planned."""
    return kind in VARIABLES and all(type(data.get(name)) is int for name in VARIABLES[kind])


def push(kind: str, locale: str | None, data: Mapping[str, object]) -> PushWords:
    message = _languages()[_spoken(locale)].kinds[kind]
    return PushWords(message.title.format_map(data), message.body.format_map(data))


def mail(kind: str, locale: str | None, data: Mapping[str, object], unsubscribe: str | None) -> MailWords:
    code = _spoken(locale)
    language = _languages()[code]
    message = language.kinds[kind]
    paragraphs = [paragraph.format_map(data) for paragraph in message.paragraphs]
    footer = [language.footer, f"{language.unsubscribe}: {unsubscribe}"] if unsubscribe else []
    html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    if unsubscribe:
        link = f'<a href="{escape(unsubscribe)}">{escape(language.unsubscribe)}</a>'
        html += f"<p><small>{escape(language.footer)} {link}</small></p>"
    html = f'<!doctype html><html lang="{code}"><meta charset="utf-8"><body>{html}</body></html>'
    return MailWords(message.subject.format_map(data), "\n\n".join([*paragraphs, *footer]) + "\n", html)


def page(accepted: str | None) -> tuple[str, Page]:
    """In the first language of an Accept-Language header, and which it is."""
    code = _spoken(re.split("[,;]", accepted or FALLBACK)[0].strip())
    return code, _languages()[code].page


def load(folder: Path) -> Mapping[str, Language]:
    """By their codes; one that lacks a kind or a variable, or knows another, fails here."""
    return {path.stem: Language.model_validate_json(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def _spoken(locale: str | None) -> str:
    language = (locale or FALLBACK).replace("_", "-").partition("-")[0].lower()
    return language if language in _languages() else FALLBACK


@cache
def _languages() -> Mapping[str, Language]:
    return load(FOLDER)
