"""The texts of all languages are complete and name no mood."""

import json
import tempfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from functions.notify import texts
from functions.notify.kinds import KINDS
from shared.languages import Languages
from shared.moods import MOODS

LANGUAGES = texts.NOTIFY_TEXTS.by_code
NUMBERS = {"days": 7, "count": 3}
LINK = "https://mend.example/notify/unsubscribe/x?a=1&b=2"

Change = Callable[[dict[str, Any]], object]


def test_there_are_texts_for_every_kind() -> None:
    """There are texts for bundles, tests and unused accounts too, at least in English and German."""
    assert texts.VARIABLES.keys() == KINDS.keys() | {
        *(f"account_{news}" for news in ("unused", "welcome", "address_changed", "new_device", "erased")),
        "bundle",
        "test",
    }
    assert LANGUAGES.keys() >= {"en", "de"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", texts.VARIABLES)
def test_texts_are_filled_in(language: str, kind: str) -> None:
    """Every variable is replaced. No text names a mood, because others can read a lock screen."""
    push = texts.push(kind, language, NUMBERS)
    mail = texts.mail(kind, language, NUMBERS, LINK)
    text = " ".join([*push, *mail]).lower()

    assert all([*push, *mail])
    assert all(str(NUMBERS[name]) in text for name in texts.VARIABLES[kind])
    assert not set("{}") & set(text)
    assert [mood for mood in MOODS if mood in text.split()] == []


@pytest.mark.parametrize(
    ("locale", "title"),
    [("de", "Deine Woche"), ("de-AT", "Deine Woche"), ("DE_ch", "Deine Woche"), ("en-GB", "Your week"),
     ("tlh", "Your week"), ("", "Your week"), (None, "Your week")],
)  # fmt: skip
def test_an_unknown_language_falls_back_to_english(locale: str | None, title: str) -> None:
    """All regions of a language share its texts."""
    assert texts.push("weekly_summary", locale, NUMBERS).title == title


def test_plain_text_and_html_of_a_mail_are_the_same() -> None:
    """The HTML names its language and has the address as a link."""
    mail = texts.mail("weekly_summary", "en", NUMBERS, LINK)

    assert mail.text.endswith(f": {LINK}\n")
    assert '<html lang="en">' in mail.html
    assert '<a href="https://mend.example/notify/unsubscribe/x?a=1&amp;b=2">' in mail.html
    assert all(line in mail.html for line in mail.text.split("\n\n")[:-2])


def test_a_mail_about_the_account_has_no_footer() -> None:
    """Account mail cannot be switched off."""
    mail = texts.mail("account", "en", {}, None)

    assert LANGUAGES["en"].footer not in mail.text + mail.html


@pytest.mark.parametrize(
    ("kind", "data", "accepted"),
    [
        ("streak", {"days": 7}, True),
        ("streak", {"days": 7, "more": "than is used"}, True),
        ("check_in", {}, True),
        ("streak", {}, False),
        ("streak", {"days": "a sad week"}, False),
        ("streak", {"days": True}, False),
        ("horoscope", {}, False),
    ],
    ids=["numbers", "more", "none", "too-few", "a-text", "a-truth", "no-kind"],
)
def test_only_numbers_are_filled_in(kind: str, data: dict[str, object], accepted: bool) -> None:  # noqa: FBT001
    """Text that a person wrote can never appear on a lock screen."""
    assert texts.accepts(kind, data) is accepted


def kind(name: str, **changes: object) -> Change:
    return lambda language: language["kinds"][name].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        kind("streak", body="{dayz} days"),
        kind("check_in", title="Hello {name}"),
        kind("streak", title="{days.__class__}", subject="x", paragraphs=["x"]),
        kind("streak", title="{days!r}"),
        kind("streak", title="{days:>9999999}"),
        kind("streak", title="{days"),
        kind("streak", title="In a row", subject="In a row", paragraphs=["In a row"]),
        kind("plan", title="x" * 41),
        kind("plan", body=""),
        kind("plan", paragraphs=[]),
        kind("plan", colour="red"),
        lambda language: language["kinds"].pop("insight"),
        lambda language: language["kinds"].update(horoscope=language["kinds"]["plan"]),
        lambda language: language.pop("footer"),
    ],
    ids=["misspelt", "undeclared", "reaching-in", "converted", "formatted", "unclosed", "missing", "long", "empty",
         "no-mail", "more", "kind-missing", "kind-unknown", "no-footer"],
)  # fmt: skip
def test_a_language_with_a_mistake_is_rejected(change: Change) -> None:
    """The mistake shows when the texts are loaded, before any of them is sent."""
    language = json.loads((texts.NOTIFY_TEXTS.folder / "en.json").read_text(encoding="utf-8"))
    change(language)
    with tempfile.TemporaryDirectory(prefix="mend-") as folder:
        (Path(folder) / "en.json").write_text(json.dumps(language), encoding="utf-8")

        with pytest.raises(ValidationError):
            Languages(Path(folder), texts.Language).texts("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_plan_reminders_name_their_part_of_the_day(language: str) -> None:
    """No two slots have a text in common, and it changes from day to day."""
    pushes = {
        slot: {texts.push("plan", language, {}, slot, day) for day in range(7)}
        for slot in ("morning", "afternoon", "evening")
    }

    assert [len(variants) for variants in pushes.values()] == [3, 3, 3]
    assert len({*chain(*pushes.values())}) == 9
