"""What the guide hears in a message: topics, choices and wishes."""

import pytest

from functions.companion.guide.flows import GUIDE_WORDS
from functions.companion.guide.rules.hearing import Heard


def heard(text: str, language: str = "en") -> Heard:
    return Heard(text, GUIDE_WORDS.texts(language).search)


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
    ("text", "names", "choice"),
    [
        ("something short please", ["tell", "try", "stop"], "try"),
        ("2", ["tell", "try", "stop"], "try"),
        ("the third", ["tell", "try", "stop"], "stop"),
        ("I don't want to try", ["tell", "try", "stop"], None),
        ("tell more or try, I can't choose", ["tell", "try", "stop"], None),
        ("ok", ["yes", "no"], "yes"),
        ("no thanks", ["yes", "no"], "no"),
        ("there was no way that he could have known about it", ["yes", "no"], None),
        ("something else", ["yes", "other", "no"], "other"),
    ],
)
def test_a_choice_is_recognised(text: str, names: list[str], choice: str | None) -> None:
    """By its words or its number, if it is only one."""
    assert heard(text).choice(names) == choice


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
