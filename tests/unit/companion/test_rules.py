"""Sentences, what a model is sent, and the question what the companion is."""

from math import ceil

import pytest
from hypothesis import given, strategies

from functions.companion.rules.context import (
    LEFT_BY_A_CUT,
    MOST_MESSAGES,
    PastMessage,
    TokenCount,
    first_sent,
    newest_within,
    tokens_at_most,
    tokens_of,
)
from functions.companion.rules.disclosure import asks_what_it_is
from functions.companion.rules.safe_words import says_safe
from functions.companion.rules.sentences import LONGEST, complete_sentences
from shared.ai.estimate import token_bound


@pytest.mark.parametrize(
    ("text", "sentences", "rest"),
    [
        ("", [], ""),
        ("One. Two! Three", ["One. ", "Two! "], "Three"),
        ("One.", [], "One."),  # it may go on: "One.5"
        ('He said "no." Then he left', ['He said "no." '], "Then he left"),
        ("3.5 hours", [], "3.5 hours"),
        ("A line\nand another", ["A line\n"], "and another"),
        ("よく眠れた。今日は", ["よく眠れた。"], "今日は"),
        ("Wait...... what?! Yes", ["Wait...... ", "what?! "], "Yes"),
    ],
)
def test_a_text_is_cut_after_each_complete_sentence(text: str, sentences: list[str], rest: str) -> None:
    """A sentence is complete when the next one has begun."""
    assert complete_sentences(text) == (sentences, rest)


@pytest.mark.parametrize("text", ["." * 5000, "a" * 5000, "? " * 2500, "\n" * 5000, "。" * 5000])
def test_nothing_is_lost_and_nothing_is_long(text: str) -> None:
    """Text without an end is cut all the same."""
    sentences, rest = complete_sentences(text)

    assert "".join(sentences) + rest == text
    assert len(rest) <= LONGEST


def past(*texts: str) -> list[PastMessage]:
    """Questions and replies in turn, beginning with a question."""
    return [PastMessage(number, number % 2 == 0, text) for number, text in enumerate(texts)]


MESSAGES = strategies.lists(strategies.text(max_size=60), min_size=1, max_size=150).filter(lambda texts: len(texts) % 2)


@given(MESSAGES, strategies.integers(-100, 4_000))
def test_what_is_sent_fits_and_is_not_cut_again_soon(texts: list[str], room: int) -> None:
    """It begins with a question. After a cut, two thirds of the room are free, unless the last message takes them."""
    messages = past(*texts)

    first = first_sent(messages, room)

    sent = messages[first:]
    assert sent[0].is_question
    assert sent[-1] == messages[-1]
    assert len(sent) <= MOST_MESSAGES
    assert tokens_of(sent) <= room or len(sent) == 1
    assert first == 0 or len(sent) == 1 or tokens_of(sent) <= room / LEFT_BY_A_CUT


def test_a_long_conversation_is_cut_seldom() -> None:
    """At least 90 % of what is sent again begins as it did, in a model with a large room."""
    messages, start, alike = past("Hello"), 0, 0
    for turn in range(200):
        messages += past(f"{turn} " * 150, f"{turn} " * 120)[::-1]
        messages = [message._replace(position=at, is_question=at % 2 == 0) for at, message in enumerate(messages)]
        cut = first_sent(messages[start:], 30_000)
        alike += cut == 0
        start += cut

    assert alike >= 0.9 * 200


@given(strategies.integers(1, 100_000), strategies.integers(1, 100_000), strategies.floats(0.01, 1))
def test_a_count_makes_an_estimate_smaller_and_never_too_small(bound: int, counted: int, rate: float) -> None:
    """What came after the count counts by its bytes; a part of what was counted by its share and more."""
    count = TokenCount(ceil(rate * counted), counted)

    at_most = tokens_at_most(bound, count)

    assert at_most <= bound
    assert at_most >= min(bound, rate * min(bound, counted) + max(0, bound - counted))
    assert tokens_at_most(bound, TokenCount(counted + 1, counted)) == tokens_at_most(bound, None) == bound


@given(strategies.lists(strategies.text(max_size=40)), strategies.integers(0, 500))
def test_the_newest_texts_are_taken_while_they_fit(texts: list[str], room: int) -> None:
    """All that is left out is older than what is taken."""
    kept = newest_within(texts, room)

    assert kept == texts[len(texts) - len(kept) :]
    assert sum(map(token_bound, kept)) <= room


@pytest.mark.parametrize("text", ["Grüße", "東京タワー", "🙂", "!?#@"])
def test_tokens_are_never_counted_too_low(text: str) -> None:
    """Every token has a byte at least."""
    assert token_bound(text) == len(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "are you human?",
        "Are you a REAL person",
        "are you actually a therapist?",
        "so you're a bot?",
        "Am I talking to a person?",
        "what are you",
        "Bist du echt?",
        "bist du eigentlich ein Mensch",
        "Schreibe ich mit einem? Rede ich mit einer Maschine? Rede ich mit ein Mensch?",
        "Wer bist du?",
        "Bist du eigentlich ein echter Mensch?",
        "can i talk to a human",
        "are you real",
        "kann ich mit jemand Echtem reden",
        "is anybody really there",
        "Ist das ein Bot?",
        "schreibt hier ein Mensch?",
    ],
)
def test_who_asks_what_it_is_is_understood(text: str) -> None:
    """In English and German, in several wordings."""
    assert asks_what_it_is(text)


@pytest.mark.parametrize(
    "text",
    [
        "My therapist asked whether you are there",
        "I am only human",
        "Are you sure?",
        "People are hard. You are kind.",
        "Was machst du?",
        "Ich bin auch nur ein Mensch",
        "Kann ich mit jemandem darüber reden?",
        "Can I talk to people about it?",
        "What are you doing?",
    ],
)
def test_other_questions_are_no_such_question(text: str) -> None:
    """The reply then begins with the reply."""
    assert not asks_what_it_is(text)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("I am safe", True),
        ("My sister came. I'm safe now.", True),
        ("i\u2019m really safe", True),
        ("Ich bin jetzt in Sicherheit", True),
        ("no, I'm not in danger", True),
        ("I am no longer in danger", True),
        ("Ich bin nicht mehr in Gefahr", True),
        ("bin wieder safe", True),
        ("Ich bin mir nicht sicher", False),
        ("ich bin sicher, dass es heute passiert", False),
        ("I am not in danger if he stays away", False),
        ("I am not safe", False),
        ("Am I safe?", False),
        ("If I am safe, do you go on", False),
        ("I don't think I am safe", False),
        ("Ich bin nicht in Sicherheit", False),
        ("I am fine", False),
        ("safe", False),
    ],
)
def test_only_a_plain_word_says_that_one_is_safe(text: str, safe: bool) -> None:  # noqa: FBT001 - a row of a table
    """Not a question, a condition or a doubt."""
    assert says_safe(text) is safe
