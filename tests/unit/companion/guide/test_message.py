"""What the guide hears in a message: topics, choices and wishes."""

import pytest

from functions.companion.guide.book import FLOW_WORDS
from functions.companion.guide.flows import Heard
from functions.companion.guide.rules.message import heard_in


def heard(text: str, language: str = "en") -> Heard:
    return heard_in(text, FLOW_WORDS.texts(language).search)


@pytest.mark.parametrize(
    ("english", "german", "topic"),
    [
        ("I just need to vent", "Ich will einfach reden", "listen"),
        ("I can't stop thinking about what if it goes wrong", "Meine Gedanken kreisen", "anxious"),
        ("my heart is racing, I think it's a panic attack", "Mein Herz rast, ich habe Panik", "panic"),
        ("I am so furious", "Ich bin so wütend", "anger"),
        ("my grandmother died", "Meine Oma ist gestorben", "grief"),
        ("I have no friends", "Ich bin so einsam", "loneliness"),
        ("I can\u2019t sleep", "Ich kann nicht schlafen", "sleepless"),
        ("I feel so ashamed", "Ich schäme mich so", "shame"),
        ("I had an argument with my sister", "Ich habe mich mit meiner Schwester gestritten", "conflict"),
        ("my exam is tomorrow", "Morgen ist meine Klausur", "exam"),
        ("I'm burned out", "Ich bin völlig ausgebrannt", "burnout"),
        ("today was a good day", "Heute war ein guter Tag", "good_day"),
        ("I can't get started", "Ich kann mich nicht aufraffen", "small_step"),
        ("I'm worried about my brother", "Ich mache mir Sorgen um meinen Bruder", "worried"),
        ("how does this work", "Wie funktioniert das hier", "app"),
        ("I am not angry", "Ich bin nicht wütend", None),
        ("blue", "blau", None),
    ],
)
def test_a_message_has_a_topic(english: str, german: str, topic: str | None) -> None:
    """By the person's words, in their language. What is denied is no topic."""
    assert (heard(english).topic, heard(german, "de").topic) == (topic, topic)


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("something short please", {"try", "yes"}),
        ("I don't want to try", {"no"}),
        ("tell more or try", {"tell", "try", "yes"}),
        ("ok", {"yes", "easing"}),
        ("no thanks", {"no", "same"}),
        ("there was no way that he could have known about it", {"same"}),
        ("something else", {"other"}),
    ],
)
def test_choices_are_recognised(text: str, choices: set[str]) -> None:
    """By their words. Yes and no stand at the beginning, or in a short message."""
    assert heard(text).choices == choices


@pytest.mark.parametrize(
    ("text", "number"), [("2", 1), ("the third", 2), ("1 or 2", None), ("I have 2 dogs here", None)]
)
def test_a_number_is_recognised(text: str, number: int | None) -> None:
    """In a message that says nothing else."""
    assert heard(text).number == number


@pytest.mark.parametrize(
    ("english", "german", "wish"),
    [
        ("bye", "tschüss", "bye"),
        ("Can we talk about my mother", "Können wir über meine Mutter reden", "change"),
        ("You are useless", "Du bist nutzlos", "rude"),
        ("that's not what I said", "Das habe ich nicht gesagt", "misread"),
        ("Should I take more melatonin?", "Soll ich mehr Melatonin nehmen?", "medicine"),
        ("What should I do?", "Was soll ich tun?", "advice"),
        ("Is that normal?", "Ist das normal?", "question"),
        ("Are you a bot?", "Bist du ein Bot?", "nature"),
        ("I am safe", "Ich bin in Sicherheit", "safe"),
        ("My wife hid her pills from me", "Meine Frau hat ihre Tabletten versteckt", None),
        ("you're not really listening are you", "das stimmt so nicht", "misread"),
        (
            "That is not what I said, he left in June already",
            "Das stimmt so nicht, er ist schon im Juni gegangen",
            None,
        ),
        ("can i write to you again tomorrow", "kann ich dir wieder schreiben", "presence"),
        ("so can i ask. how do you learn this", "kennst du gute serien", "question"),
        ("are u like a real person lol", "bist du chatgpt oder was", "nature"),
        ("thank you for listening, I feel a bit lighter now", "danke fürs zuhören, mir ist jetzt leichter", "parting"),
        ("Hello, how are you?", "Hallo, wie geht's dir?", None),
        ("It rained", "Es hat geregnet", None),
    ],
)
def test_a_wish_is_recognised(english: str, german: str, wish: str | None) -> None:
    """What a person wants of the guide, beside an answer."""
    assert (heard(english).wish, heard(german, "de").wish) == (wish, wish)


@pytest.mark.parametrize("text", ["", "!!!", "\u200b", "a " * 5000, "\ud83d", "i.i." * 2500, "''''", "{words}"])
def test_any_text_is_heard(text: str) -> None:
    """Nothing that a person can write is an error."""
    assert heard(text).topic is None
