"""What no experiment may be about."""

import pytest

from functions.insights.harm import could_harm, is_medicine


@pytest.mark.parametrize(
    "text",
    [
        "Sertraline 50mg", "my meds", "Antidepressiva absetzen", "skipping   meals", "FASTING", "Intervallfasten",
        "all-nighter", "Schlafentzug", "poor sleep", "beer", "Rotwein", "fumer", "ayuno", "熬夜", "алкоголь",
        "self-harm", "migraine", "Kopfschmerzen",
    ],
)  # fmt: skip
def test_what_could_harm_is_recognised(text: str) -> None:
    """In any spelling, as part of a word, and in several languages."""
    assert could_harm(text)


@pytest.mark.parametrize(
    "text", ["walk", "Spaziergang", "early breakfast", "meditation", "yoga", "friends", "reading", "8 h sleep", "Sonne"]
)
def test_what_is_harmless_is_allowed(text: str) -> None:
    """A list that refuses everything would be of no use."""
    assert not could_harm(text)


def test_medicine_is_told_apart() -> None:
    """An insight about it says that none is to be stopped."""
    assert is_medicine("Lithium")
    assert not is_medicine("beer")
