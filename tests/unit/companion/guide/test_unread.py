"""What the guide says in a language that it does not read."""

from collections.abc import Mapping

import pytest

from functions.companion.disclosure.texts import language_of_question
from functions.companion.guide.rules.unread import chosen, reply
from functions.companion.guide.unread import UNKNOWN, UNREAD_TEXTS, spoken_language

CODES = sorted(UNREAD_TEXTS.by_code)
FRENCH = UNREAD_TEXTS.by_code["fr"]


@pytest.mark.parametrize(
    ("text", "way"),
    [("1", "try"), ("2.", "people"), ("le 3", "stop"), ("\uff11", "try"), ("二", "people"),
     ("٢", "people"), ("३", "stop"), ("4", None), ("0", None), ("12", None), ("1 ou 2", None),
     ("我昨天只睡了2个小时左右", None), ("j'ai dormi 2 heures cette nuit", None)],
)  # fmt: skip
def test_a_number_chooses(text: str, way: str | None) -> None:
    """In the digits of any script, alone or nearly so."""
    assert chosen(FRENCH, text, "fr") == way


@pytest.mark.parametrize(
    ("text", "way"),
    [("un exercice stp", "try"), ("Quels sont les numéros ?", "people"), ("au revoir", "stop"), ("oui", None)],
)
def test_some_words_choose(text: str, way: str | None) -> None:
    """Who asks for an exercise or for help lines, or says goodbye, needs no number."""
    assert chosen(FRENCH, text, "fr") == way


def test_a_word_for_goodbye_may_mean_something_else() -> None:
    """Dutch "dag" is a day, too: a goodbye is all of its message."""
    texts = UNREAD_TEXTS.by_code["nl"]

    assert [chosen(texts, text, "nl") for text in ("een moeilijke dag", "dag", "bedankt, dag")] == [
        None,
        "stop",
        "stop",
    ]


@pytest.mark.parametrize("code", CODES)
def test_no_wording_comes_twice_in_a_row(code: str) -> None:
    """All wordings of a thing come before one comes again."""
    texts, replies = UNREAD_TEXTS.by_code[code], list[str]()
    said: Mapping[str, int] = {}
    for _ in range(1 + len(texts.kept) * 2):
        answer = reply(texts, "…", code, said)
        said = answer.said
        replies.append("".join(answer.parts))

    assert replies[1:] == [*texts.kept, *texts.kept]


@pytest.mark.parametrize("code", CODES)
def test_every_text_names_the_numbers(code: str) -> None:
    """Whatever comes, the person knows how to go on."""
    texts = UNREAD_TEXTS.by_code[code]

    assert [each for each in (texts.ways, *texts.kept, *texts.practices) if not {"1", "2", "3"} <= {*each}] == []
    assert [len({*each}) for each in (texts.kept, texts.practices, texts.close)] == [3, 3, 2]


@pytest.mark.parametrize(
    ("text", "before", "own", "language"),
    [
        ("je suis triste et fatigué", None, "de", "fr"),
        ("oui", "fr", None, "fr"),
        ("Heute war es schlimm in der Arbeit", "fr", "de", "de"),
        ("I feel so bad today, really", "fr", "fr", "en"),
        ("Mir geht es heute nicht gut", "en", "en", "en"),
        ("hi", None, "fr", "fr"),
        ("ok", None, None, "en"),
        ("😭", None, None, "en"),
        ("мені сумно", "en", None, UNKNOWN),
        ("1", UNKNOWN, None, UNKNOWN),
        ("No energy today", None, None, "en"),
        ("I bi so müed hüt", None, None, "en"),
    ],
)
def test_the_language_follows_the_person(text: str, before: str | None, own: str | None, language: str) -> None:
    """It changes with a message that is clearly in another one. Of those that it reads, the guide speaks their own."""
    assert spoken_language(text, before, own) == language


@pytest.mark.parametrize(
    "text",
    ["je ne suis qu'un humain", "mi médico es una persona", "ich bin kein Roboter", "I am only human", "ты здесь?"],
)
def test_not_every_word_about_people_asks_what_it_is(text: str) -> None:
    """Only a question to the companion does."""
    assert language_of_question(text) is None
