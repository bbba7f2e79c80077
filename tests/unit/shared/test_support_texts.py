"""The texts of support, in every language."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.safety import texts

FILES = sorted((Path(texts.__file__).parent / "texts").glob("*.json"))
LANGUAGES = ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "zh"]
ENGLISH = json.loads((Path(texts.__file__).parent / "texts/en.json").read_text("utf-8"))
NUMBER = "{emergency_number}"


def book(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def variants(path: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for key, of_key in book(path)["texts"].items():
        for number, variant in enumerate(of_key):
            yield key, number, variant


def test_there_are_texts_in_fifteen_languages() -> None:
    """They are the languages that the gate reads."""
    assert [path.stem for path in FILES] == LANGUAGES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_has_three_variants(path: Path) -> None:
    """All differ, so that nobody reads the same wording twice in a row."""
    of_keys = book(path)["texts"]

    assert of_keys.keys() == ENGLISH["texts"].keys()
    assert {len({variant["message"] for variant in of_key}) for of_key in of_keys.values()} == {texts.VARIANTS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_text_says_what_the_english_one_says(path: Path) -> None:
    """It names the emergency number and asks a question where the English one does."""
    for key, number, variant in variants(path):
        english = ENGLISH["texts"][key][number]
        assert variant["message"].count(NUMBER) == english["message"].count(NUMBER), (key, number)
        assert (variant["question"] is None) == (english["question"] is None), (key, number)
        assert "{" not in variant["message"].replace(NUMBER, ""), (key, number)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_in_immediate_danger_the_number_comes_first(path: Path) -> None:
    """It is in the first two sentences: company and distance come after the call."""
    for key, number, variant in variants(path):
        if key.startswith("immediate"):
            assert variant["message"].index(NUMBER) < len(variant["message"]) / 2, (key, number)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_text_is_calm_and_clean(path: Path) -> None:
    """It has no exclamation mark, no spare space, and composed letters. A question ends with a question mark."""
    for key, number, variant in variants(path):
        words = "\n".join(filter(None, variant.values()))
        assert not re.search("[!\uff01\u00a1]", words), (key, number)
        assert words == unicodedata.normalize("NFC", words), (key, number)
        assert all(line == line.strip() for line in words.split("\n")), (key, number)
        assert variant["question"] is None or variant["question"].endswith(("?", "\uff1f", "\u061f")), (key, number)


@pytest.mark.parametrize(
    ("locale", "language"), [("de-AT", "de"), ("zh-Hant-TW", "zh"), ("pt-BR", "pt"), ("EN", "en"), ("sw", "en")]
)
def test_a_locale_has_the_texts_of_its_language(locale: str, language: str) -> None:
    """Without texts in that language, they are in English."""
    title = texts.support_text("explicit", locale, 0, "112").title

    assert title == texts.all_of(language)["texts"]["explicit"][0]["title"]


def test_without_a_number_the_text_says_so() -> None:
    """The local emergency number is then spoken of, not named."""
    assert "your local emergency number" in texts.support_text("immediate", "en", 0, None).message


# What a help line may not keep: that it is there at any time, or that nobody learns of a call.
PROMISES = {
    "ar": "في أي وقت|متى أردت|يخبرون أحد|ما يُقال لها إلى أحد",
    "de": "jederzeit|wann immer|heute noch|behandeln es vertraulich|für sich, was",
    "en": "any ?time|whenever you want|people below today|in confidence|say to themselves",
    "es": "en todo momento|para cuando|hoy mismo|con discreción|con reserva",
    "fr": "à tout moment|quand tu voudras|dès aujourd.hui|discr",
    "hi": "किसी भी समय|जब भी मन|आज ही|किसी को नहीं बताते|अपने तक रखते",
    "it": "in ogni momento|quando lo desideri|oggi stesso|con riservatezza|con discrezione",
    "ja": "いつでも|誰にも伝えません|人に話しません",
    "ko": "언제든|아무에게도 말하지|옮기지 않아요",
    "nl": "op elk moment|wanneer je maar|vandaag nog|gaan vertrouwelijk|discreet",
    "pl": "o każdej porze|kiedy tylko|jeszcze dziś możesz|dyskrecj",
    "pt": "a qualquer momento|para quando|ainda hoje|com discrição|com reserva",
    "ru": "в любое время|всегда|уже сегодня|никому не",
    "tr": "her zaman|ne zaman istersen|bugün konuş|kimseye söylemez|aktarmaz",
    "zh": "随时|什么时候想|不会告诉别人|也会为你说的话保密",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_text_promises_what_a_help_line_may_not_keep(path: Path) -> None:
    """Lines have hours, and some must report danger. A text says that one can ask first."""
    promised = [
        (key, number)
        for key, number, variant in variants(path)
        if re.search(PROMISES[path.stem], variant["message"], re.IGNORECASE)
    ]

    assert promised == []


def test_italian_has_no_article_before_a_number() -> None:
    """It would depend on how the number is spoken: "il 112", "l'811", "lo 000"."""
    messages = [variant["message"] for _, _, variant in variants(FILES[LANGUAGES.index("it")])]

    assert [message for message in messages if re.search(r"\b(il|lo|al|allo) \{", message)] == []
    assert "il numero di emergenza locale" in texts.support_text("immediate", "it", 0, None).message


def test_the_german_words_for_a_missing_number_fit_every_sentence() -> None:
    """They have one form for "Ruf … an" and for "… ist für dich da"."""
    messages = [
        texts.support_text(key, "de", number, None).message
        for key, number, _ in variants(FILES[LANGUAGES.index("de")])
        if key != "care"
    ]

    assert all("den örtlichen" not in message for message in messages)
    assert any("ist die örtliche Notrufnummer für dich da" in message for message in messages)


POISON_LINES = {
    "ar": "للسموم",
    "de": "Giftnotruf",
    "en": "poison line",
    "es": "toxicología",
    "fr": "antipoison",
    "hi": "ज़हर",
    "it": "antiveleni",
    "ja": "中毒",
    "ko": "독극물",
    "nl": "antigif",
    "pl": "toksykolog",
    "pt": "intoxicaç",
    "ru": "токсиколог",
    "tr": "zehir",
    "zh": "中毒",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_after_a_poisoning_the_text_names_one_call(path: Path) -> None:
    """A choice costs time, and many countries have no poison line. Where one is known, it is among the lines."""
    messages = [variant["message"] for key, _, variant in variants(path) if key == "immediate_poison"]

    assert [message for message in messages if POISON_LINES[path.stem] in message] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_about_violence_every_text_says_what_can_be_deleted(path: Path) -> None:
    """Whoever hurts them may look at the phone. The last paragraph is the same in all variants."""
    endings = {variant["message"].split("\n\n")[2] for key, _, variant in variants(path) if key == "danger_from_others"}

    assert len(endings) == 1
    assert NUMBER not in endings.pop()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_question_after_explicit_words_asks_three_different_things(path: Path) -> None:
    """They ask on from what was said: about today, about fear of it, and about a plan."""
    questions = {variant["question"] for key, _, variant in variants(path) if key == "explicit"}

    assert len(questions) == texts.VARIANTS
