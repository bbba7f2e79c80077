"""Sentences, what a model is sent, and the question what the companion is."""

import pytest

from functions.companion.rules.context import PastMessage, recent_messages, token_bound
from functions.companion.rules.disclosure import asks_what_it_is
from functions.companion.rules.safe_words import says_safe
from functions.companion.rules.sentences import LONGEST, complete_sentences


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


def test_the_latest_messages_are_sent_from_a_question_on() -> None:
    """As many as the budget allows, and always the last one."""
    past = [PastMessage(number % 2 == 0, f"{number} " * 10) for number in range(9)]
    each = token_bound(past[0].text)

    assert recent_messages(past, 1000 * each) == past
    assert recent_messages(past, 4 * each) == past[6:]
    assert recent_messages(past, 0) == past[8:]


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
