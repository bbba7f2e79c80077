"""What art. 15 of the GDPR asks to tell a person beside a copy of their data."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypedDict

from functions.account.privacy.data_map import Data, data_map
from shared.languages import Languages, TextModel

FOLDER = Path(__file__).parent


class ProcessingActivity(TypedDict):
    activity: str
    name: str
    why: str
    grounds: list[str]  # articles of the GDPR
    categories: str
    kept: list[str]
    places: list[str]  # tables, buckets and other places, by name


class DataRecipient(TypedDict):
    name: str
    what: str
    place: str


class Art15(TypedDict):
    language: str
    activities: list[ProcessingActivity]
    recipients: list[DataRecipient]
    source: str
    automated_decisions: str
    rights: list[str]
    complaint: str


@cache
def grounds() -> Mapping[str, list[str]]:
    """The legal grounds of each activity, as articles of the GDPR."""
    by_activity: Mapping[str, list[str]] = json.loads((FOLDER / "activities.json").read_text(encoding="utf-8"))
    return by_activity


class ActivityText(TextModel):
    name: str
    why: str
    categories: str


class RecipientText(TextModel):
    what: str
    place: str


class PrivacyTexts(TextModel):
    activities: Mapping[str, ActivityText]
    kept: Mapping[str, str]
    recipients: Mapping[str, RecipientText]
    source: str
    automated_decisions: str
    rights: list[str]
    complaint: str


PRIVACY_TEXTS = Languages(FOLDER / "texts", PrivacyTexts)


def art15(locale: str) -> Art15:
    """The information, in the language of the locale, or else in English. It is the same for everybody."""
    language = PRIVACY_TEXTS.code(locale)
    texts = PRIVACY_TEXTS.texts(language)
    return Art15(
        language=language,
        activities=[_activity(name, texts) for name in grounds()],
        recipients=[DataRecipient(name=name, what=row.what, place=row.place) for name, row in texts.recipients.items()],
        source=texts.source,
        automated_decisions=texts.automated_decisions,
        rights=texts.rights,
        complaint=texts.complaint,
    )


def entries_of(activity: str) -> list[Data]:
    return [entry for entry in data_map().entries if entry.activity == activity]


def _activity(name: str, texts: PrivacyTexts) -> ProcessingActivity:
    entries, text = entries_of(name), texts.activities[name]
    return ProcessingActivity(
        activity=name,
        name=text.name,
        why=text.why,
        categories=text.categories,
        grounds=grounds()[name],
        kept=list(dict.fromkeys(_kept(entries, texts.kept))),
        places=[entry.name for entry in entries],
    )


def _kept(entries: Iterable[Data], texts: Mapping[str, str]) -> Iterator[str]:
    for entry in entries:
        if entry.kept == "rule":
            number, unit = data_map().rules[entry.name].keep.split()
            yield texts["rule"].format(number=number, unit=texts[unit]) if int(number) else texts["expiry"]
        elif entry.store == "table":
            yield texts["outlives" if entry.outlives else "account"]
