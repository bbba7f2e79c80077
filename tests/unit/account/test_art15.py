"""What a person is told beside a copy of their data."""

import pytest

from functions.account.privacy.art15 import art15
from functions.account.privacy.data_map import data_map


@pytest.mark.parametrize(("locale", "language"), [("de-AT", "de"), ("en", "en"), ("pt-BR", "en")])
def test_it_is_in_the_language_of_the_person(locale: str, language: str) -> None:
    """English, where we have none in it."""
    assert art15(locale)["language"] == language


@pytest.mark.parametrize("locale", ["en", "de"])
def test_it_names_every_place_of_personal_data_once(locale: str) -> None:
    """With purposes, grounds, categories and times, as art. 15(1) asks."""
    told = art15(locale)

    places = [place for activity in told["activities"] for place in activity["places"]]
    assert sorted(places) == sorted(entry.name for entry in data_map().entries if entry.activity)
    for activity in told["activities"]:
        assert all([activity["why"], activity["grounds"], activity["categories"], activity["kept"]])
    assert all([told["recipients"], told["source"], told["automated_decisions"], told["complaint"]])
    assert len(told["rights"]) == 5


def test_it_says_how_long_what_a_rule_deletes_is_kept() -> None:
    """The longest rule of a table counts."""
    kept = {activity["activity"]: activity["kept"] for activity in art15("de")["activities"]}

    assert "höchstens 180 Tage" in kept["service"]
    assert "bis du es oder dein Konto löschst" in kept["insights"]
