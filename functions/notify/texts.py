"""The texts of pushes, mails and the unsubscribe page, in each language. All are validated when the first is used.

Other people can read a lock screen, and mail is not confidential, so variables hold nothing but numbers.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Annotated, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from functions.notify.kinds import KINDS
from shared.languages import Languages, TextModel

ACCOUNT_UNUSED = "account_unused"  # the news that nobody uses the account, told `days` before it is erased
ACCOUNT_NEWS = ("welcome", "address_changed", "new_device", "erased")
VARIABLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **{name: kind.variables for name, kind in KINDS.items()},
        ACCOUNT_UNUSED: frozenset({"days"}),
        **{f"account_{news}": frozenset() for news in ACCOUNT_NEWS},
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


class SlotText(TextModel):
    """A push of a kind that speaks of a part of the day."""

    title: Annotated[Sentence, StringConstraints(max_length=40)]
    body: Sentence


class KindTexts(TextModel):
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


class PageTexts(TextModel):
    """The texts of the unsubscribe page."""

    question: Sentence
    button: Sentence
    done: Sentence
    done_hint: Sentence
    expired: Sentence
    invalid: Sentence
    error_hint: Sentence


class GuardianMailTexts(TextModel):
    """The mail to a parent or guardian: it names nobody, and tells nothing about how anybody is."""

    subject: Sentence
    before: tuple[str, ...]
    link: Sentence
    after: tuple[str, ...]


class Language(TextModel):
    footer: Sentence
    unsubscribe: Sentence
    page: PageTexts
    guardian: GuardianMailTexts
    kinds: Mapping[str, KindTexts]

    @model_validator(mode="after")
    def _must_have_all_kinds(self) -> Self:
        if {kind: texts.variables() for kind, texts in self.kinds.items()} != VARIABLES:
            raise ValueError("there must be texts for every kind, with all its variables and no others")
        return self


NOTIFY_TEXTS = Languages(Path(__file__).with_name("texts"), Language)


def accepts(kind: str, data: Mapping[str, object]) -> bool:
    """Whether there are texts for this kind and `data` has a number for each of their variables."""
    variables = VARIABLES.get(_text_key(kind, data))
    return variables is not None and all(type(data.get(name)) is int for name in variables)


def push(kind: str, locale: str | None, data: Mapping[str, object], slot: str = "", variant: int = 0) -> PushText:
    """The text for a kind, or that of a slot for a kind which names it, in one of its variants."""
    texts = NOTIFY_TEXTS.texts(locale).kinds[_text_key(kind, data)]
    if variants := texts.slots.get(slot):
        text = variants[variant % len(variants)]
        return PushText(text.title, text.body)
    return PushText(texts.title.format_map(data), texts.body.format_map(data))


def mail(kind: str, locale: str | None, data: Mapping[str, object], unsubscribe: str | None) -> MailText:
    """The mail as plain text and as HTML, with a footer if there is a link to unsubscribe."""
    code, language = NOTIFY_TEXTS.code(locale), NOTIFY_TEXTS.texts(locale)
    texts = language.kinds[_text_key(kind, data)]
    paragraphs = [paragraph.format_map(data) for paragraph in texts.paragraphs]
    footer = [language.footer, f"{language.unsubscribe}: {unsubscribe}"] if unsubscribe else []
    html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    if unsubscribe:
        link = f'<a href="{escape(unsubscribe)}">{escape(language.unsubscribe)}</a>'
        html += f"<p><small>{escape(language.footer)} {link}</small></p>"
    return MailText(texts.subject.format_map(data), "\n\n".join([*paragraphs, *footer]) + "\n", _document(code, html))


def guardian_mail(locale: str | None, link: str) -> MailText:
    """The mail to a parent or guardian, as plain text and as HTML."""
    code, texts = NOTIFY_TEXTS.code(locale), NOTIFY_TEXTS.texts(locale).guardian
    before, after = ("".join(f"<p>{escape(text)}</p>" for text in part) for part in (texts.before, texts.after))
    html = f'{before}<p><a href="{escape(link)}">{escape(texts.link)}</a></p>{after}'
    plain = "\n\n".join([*texts.before, f"{texts.link}: {link}", *texts.after])
    return MailText(texts.subject, f"{plain}\n", _document(code, html))


def _document(language: str, content: str) -> str:
    return f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{content}</body></html>'


def page(accept_language: str | None) -> tuple[str, PageTexts]:
    """The code of the header's first language with texts, or `en`, and the texts."""
    code = NOTIFY_TEXTS.code(accept_language)
    return code, NOTIFY_TEXTS.texts(code).page


def _text_key(kind: str, data: Mapping[str, object]) -> str:
    """The name of the texts. Some news about an account have their own."""
    if kind != "account":
        return kind
    if "days" in data:
        return ACCOUNT_UNUSED
    return f"account_{data['news']}" if data.get("news") in ACCOUNT_NEWS else kind
