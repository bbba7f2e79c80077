"""What follows from the age of a person."""

import pytest

from shared.ages import YOUNGEST, AgeBand, PersonAge, ages


@pytest.mark.parametrize(
    ("age", "accepts", "may_have_model"),
    [
        (PersonAge("13_to_15", "DE", guardian_allows=True), True, True),
        (PersonAge("13_to_15", "DE", guardian_allows=False), True, False),
        (PersonAge("under_13", "DE", guardian_allows=True), False, False),
        (PersonAge("16_to_17", "DE", guardian_allows=False), False, True),
        (PersonAge("16_to_17", "IN", guardian_allows=True), False, False),
        (PersonAge("13_to_15", None, guardian_allows=True), False, False),
        (PersonAge("under_13", "US", guardian_allows=True), False, False),
        (PersonAge(None, "DE", guardian_allows=False), False, True),
    ],
)
def test_a_guardian_counts_by_age_and_country(age: PersonAge, *, accepts: bool, may_have_model: bool) -> None:
    """Only for who is too young, and only where the table says so."""
    assert (age.accepts_guardian, age.may_have_model) == (accepts, may_have_model)


@pytest.mark.parametrize("country", sorted(ages()))
@pytest.mark.parametrize("band", sorted(YOUNGEST))
def test_no_guardian_counts_below_the_age_of_the_providers(country: str, band: AgeBand) -> None:
    """Providers of models want nobody below 13, whatever a parent says."""
    age = PersonAge(band, country, guardian_allows=True)

    assert not (age.accepts_guardian and YOUNGEST[band] < 13)
