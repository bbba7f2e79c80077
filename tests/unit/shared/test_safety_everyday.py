"""Danger in everyday words, and ordinary sentences that sound alike."""

import pytest

from shared.safety.gate import OPENING_GRADES, find_codes, grade_of


def grade(text: str) -> str | None:
    codes = find_codes(text)
    return grade_of(codes[0]) if codes else None


@pytest.mark.parametrize(
    "text",
    [
        "I told my boss I'd be late. Sorry, I'm just so tired of everything right now",
        "you. Sorry. I'm just so tired of everything",
        "I'm so tired of everything being late. Sorry everyone",
        "I took everything out of the kitchen. So tired. Sorry",
        "Phone off now. Goodnight, love you",
        "Sorry mum, I won't be back before midnight",
        "I won't be here tomorrow, I'm travelling. Take care of yourself",
        "That's the last time I text him. Sorry, I'm just tired of it",
        "The tablets are on the desk. Sorry I forgot to charge them",
        "She left me. Sorry I'm writing so late, I can't sleep tonight",
        "The knife is on the table next to the bread",
        "I've done it, thesis handed in an hour ago",
        "Das wars für heute. Verzeih mir die späte Antwort",
        "Sorry, ik ben zo moe van alles vandaag",
    ],
)
def test_an_apology_and_a_goodbye_are_at_most_a_hint(text: str) -> None:
    """Weak words that meet open no care period: they are in notes about work, school, moving house and break-ups."""
    assert grade(text) not in OPENING_GRADES


@pytest.mark.parametrize(
    "text",
    [
        "Er sagt ich soll mich nicht so haben",
        "Mein Chef sagt mach Schluss für heute",
        "Sie sagt, ich soll nachkommen",
        "my coach tells me to jump higher",
        "Elle me dit fais-le",
    ],
)
def test_what_somebody_tells_one_to_do_is_no_voice(text: str) -> None:
    """Orders of everyday are no danger."""
    assert grade(text) is None


@pytest.mark.parametrize(
    "text",
    ["Die Stimmen sagen ich soll springen", "the voices tell me to jump", "Die Stimme sagt, ich soll mich umbringen"],
)
def test_what_a_voice_orders_is_grave(text: str) -> None:
    """Voices that tell somebody to jump are answered as a wish to die."""
    assert grade(text) == "explicit"
