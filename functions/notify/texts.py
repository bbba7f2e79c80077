"""The texts of pushes, mails and the unsubscribe page, in each language. All are validated when the first is used.

Other people can read a lock screen, and mail is not confidential, so variables hold nothing but numbers.
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
ACCOUNT_UNUSED = "account_unused"  # the news that nobody uses the account, told `days` before it is erased
VARIABLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **{name: kind.variables for name, kind in KINDS.items()},
        ACCOUNT_UNUSED: frozenset({"days"}),
        "bundle": frozenset({"count"}),
        "test": frozenset(),
    }
)
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=120)]  # a lock screen cuts off the rest


class PushText(NamedTuple):
    title: str
    body: str


class MailText(NamedTuple):
    subject: str
    text: str
    html: str


class SlotText(BaseModel):
    """A push of a kind that speaks of a part of the day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[Sentence, StringConstraints(max_length=40)]
    body: Sentence


class KindTexts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[Sentence, StringConstraints(max_length=40)]
    body: Sentence
    subject: Sentence
    paragraphs: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    slots: Mapping[str, Annotated[tuple[SlotText, ...], Field(min_length=1)]] = {}  # variants without variables

    def variables(self) -> set[str]:
        """Everything in braces, with format specs and conversions, so that a validator can reject those."""
        texts = " ".join((self.title, self.body, self.subject, *self.paragraphs))
        parts = [part[1:] for part in Formatter().parse(texts) if part[1] is not None]
        return {f"{name}{spec}{conversion or ''}" for name, spec, conversion in parts}


class PageTexts(BaseModel):
    """The texts of the unsubscribe page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Sentence
    button: Sentence
    done: Sentence
    done_hint: Sentence
    expired: Sentence
    invalid: Sentence
    error_hint: Sentence


class Language(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    footer: Sentence
    unsubscribe: Sentence
    page: PageTexts
    kinds: Mapping[str, KindTexts]

    @model_validator(mode="after")
    def _must_have_all_kinds(self) -> Self:
        if {kind: texts.variables() for kind, texts in self.kinds.items()} != VARIABLES:
            raise ValueError("there must be texts for every kind, with all its variables and no others")
        return self


def accepts(kind: str, data: Mapping[str, object]) -> bool:
    """Whether there are texts for this kind and `data` has a number for each of their variables."""
    variables = VARIABLES.get(_text_key(kind, data))
    return variables is not None and all(type(data.get(name)) is int for name in variables)


def push(kind: str, locale: str | None, data: Mapping[str, object], slot: str = "", variant: int = 0) -> PushText:
    """The text for a kind, or that of a slot for a kind which names it, in one of its variants."""
    texts = _languages()[_language_code(locale)].kinds[_text_key(kind, data)]
    if variants := texts.slots.get(slot):
        text = variants[variant % len(variants)]
        return PushText(text.title, text.body)
    return PushText(texts.title.format_map(data), texts.body.format_map(data))


def mail(kind: str, locale: str | None, data: Mapping[str, object], unsubscribe: str | None) -> MailText:
    """The mail as plain text and as HTML, with a footer if there is a link to unsubscribe."""
    code = _language_code(locale)
    language = _languages()[code]
    texts = language.kinds[_text_key(kind, data)]
    paragraphs = [paragraph.format_map(data) for paragraph in texts.paragraphs]
    footer = [language.footer, f"{language.unsubscribe}: {unsubscribe}"] if unsubscribe else []
    html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    if unsubscribe:
        link = f'<a href="{escape(unsubscribe)}">{escape(language.unsubscribe)}</a>'
        html += f"<p><small>{escape(language.footer)} {link}</small></p>"
    html = f'<!doctype html><html lang="{code}"><meta charset="utf-8"><body>{html}</body></html>'
    return MailText(texts.subject.format_map(data), "\n\n".join([*paragraphs, *footer]) + "\n", html)


def page(accept_language: str | None) -> tuple[str, PageTexts]:
    """The code of the header's first language, or `en` if there are no texts for it, and the texts."""
    code = _language_code(re.split("[,;]", accept_language or FALLBACK)[0].strip())
    return code, _languages()[code].page


def load(folder: Path) -> Mapping[str, Language]:
    """The languages in a folder, by code. Raises `ValidationError` if one lacks a kind or has a wrong variable."""
    return {path.stem: Language.model_validate_json(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def _text_key(kind: str, data: Mapping[str, object]) -> str:
    """The name of the texts: news about an account that have their own are told from the others by their number."""
    return ACCOUNT_UNUSED if kind == "account" and "days" in data else kind


def _language_code(locale: str | None) -> str:
    language = (locale or FALLBACK).replace("_", "-").partition("-")[0].lower()
    return language if language in _languages() else FALLBACK


@cache
def _languages() -> Mapping[str, Language]:
    return load(FOLDER)
