"""Reflections: what a person wrote, turned to speak to them."""

import pytest

from functions.companion.guide.book import FLOW_WORDS
from functions.companion.guide.rules.reflection import LONGEST, reflection


def reflected(text: str, language: str) -> str | None:
    return reflection(text, language, FLOW_WORDS.texts(language).search.turning)


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "I don't sleep because my boss hates me", "you don't sleep because your boss hates you"),
        ("en", "I\u2019m so tired of my job!", "you're so tired of your job"),
        ("en", "i cant concentrate at work", "you can't concentrate at work"),
        ("en", "I think I was too loud.", "you think you were too loud"),
        ("en", "I wasn't invited", "you weren't invited"),
        ("en", "I just was late and my teacher was angry", "you just were late and your teacher was angry"),
        ("en", "My brother was mean to me", "your brother was mean to you"),
        ("en", "I'm not sad, I'm just tired", "you're not sad, you're just tired"),
        ("en", "Because I will be alone on my birthday", "you will be alone on your birthday"),
        ("en", "She left. I miss her every day. Ok?", "you miss her every day"),
        ("en", "I miss Anna and my dog", "you miss Anna and your dog"),
        ("de", "Ich schlafe nicht, weil mein Chef mich hasst", "du schläfst nicht, weil dein Chef dich hasst"),
        ("de", "ich bin müde und habe Angst", "du bist müde und hast Angst"),
        ("de", "Heute habe ich den ganzen Tag geweint.", "heute hast du den ganzen Tag geweint"),
        ("de", "Ich glaube, dass ich die Prüfung nicht schaffe", "du glaubst, dass du die Prüfung nicht schaffst"),
        ("de", "Mein Chef war sauer und ich habe geweint", "dein Chef war sauer und du hast geweint"),
        ("de", "Mir geht es nicht gut", "dir geht es nicht gut"),
        ("de", "Ich weiß nicht, was ich machen soll", "du weißt nicht, was du machen sollst"),
        ("de", "Ich war müde und war traurig", "du warst müde und warst traurig"),
    ],
)
def test_a_sentence_is_turned(language: str, text: str, words: str) -> None:
    """Pronouns and verbs speak to the person; negations, tenses and names stay."""
    assert reflected(text, language) == words


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I sat there and was ashamed"),  # the subject of "was" is far away
        ("en", "It's just me"),
        ("en", "I don't really know how this works"),
        ("en", "You don't listen to me"),  # who is "you"?
        ("en", "We fight every day"),
        ("en", "am I normal"),
        ("en", "I HATE MY BOSS"),
        ("en", "I am 15 and my parents fight"),
        ("en", "I fell ill"),
        ("en", "I am worthless"),  # never said to a person
        ("en", "She left me because I am boring"),
        ("en", "My mother died"),
        ("en", "I want to disappear"),
        ("en", "I don't know"),
        ("en", "Rain again today"),
        ("en", "I <b>love</b> it"),
        ("en", ""),
        ("de", "Ich zog letztes Jahr nach Berlin"),  # a form that is not known
        ("de", "Ich meine das ernst"),
        ("de", "Ich und mein Bruder streiten"),
        ("de", "Ich bin müde und"),
        ("de", "Ich weiß, dass ich zu viel arbeite und wenig schlafe"),
        ("de", "Ich hasse mich"),
        ("de", "Ich bin wertlos"),
        ("de", "Du hörst mir nicht zu"),
        ("de", "Wir streiten jeden Tag"),
        ("en", "I'm my own worst enemy"),
        ("en", "my boss will murder me"),
        ("en", "I am sooo tired of school"),
        ("en", "my freind ignores me at school"),
        ("de", "ich bin so müde von allem"),  # who writes in lower case does so with nouns
        ("de", "Mein freund hat mich angelogen"),
        ("de", "Ich hab halt Angst vor morgen"),
        ("de", "Mein Bruder bringt mich um"),
        ("de", "Ich weiß nicht"),
    ],
)
def test_a_sentence_that_is_not_sure_is_not_turned(language: str, text: str) -> None:
    """A wrong reflection is worse than none, and so is one that hurts."""
    assert reflected(text, language) is None


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_long_sentence_is_not_turned(language: str) -> None:
    """Nobody wants to read their own paragraph again."""
    beginning = {"en": "I see my dog", "de": "Ich sehe meinen Hund"}[language]
    words = LONGEST - len(beginning.split())

    assert reflected(beginning + " da" + " na da" * ((words - 1) // 2), language)
    assert reflected(beginning + " da" * (words + 1), language) is None
