"""What an app store's signal about a person's age means."""

import pytest
from pydantic import ValidationError

from functions.account.identity.age_signals import band_of
from functions.account.identity.models import AgeSignal
from shared.ages import AgeBand


@pytest.mark.parametrize(
    ("signal", "band"),
    [
        pytest.param(AgeSignal(lower=None, upper=13, status="guardianDeclared"), "under_13", id="Apple, below 13"),
        pytest.param(AgeSignal(lower=13, upper=16, status="guardianDeclared"), "13_to_15", id="Apple, 13 to 16"),
        pytest.param(AgeSignal(lower=18, upper=None, status="selfDeclared"), "18_or_over", id="Apple, from 18"),
        pytest.param(AgeSignal(status="declinedSharing"), None, id="Apple, declined"),
        pytest.param(AgeSignal(lower=0, upper=12, status="SUPERVISED"), "under_13", id="Google, 0 to 12"),
        pytest.param(AgeSignal(lower=16, upper=17, status="SUPERVISED_APPROVAL_PENDING"), "16_to_17", id="Google, 16"),
        pytest.param(AgeSignal(lower=14, upper=17, status="DECLARED"), "13_to_15", id="Google, ranges of the app"),
        pytest.param(AgeSignal(status="VERIFIED"), "18_or_over", id="Google, verified"),
        pytest.param(AgeSignal(lower=18, status="VERIFIED"), "18_or_over", id="Google, verified with a range"),
        pytest.param(AgeSignal(status="UNKNOWN"), None, id="Google, unknown"),
        pytest.param(AgeSignal(lower=18, status="UNKNOWN"), None, id="unknown with a range"),
        pytest.param(AgeSignal(status="SUPERVISED"), None, id="no range"),
        pytest.param(AgeSignal(), None, id="Google, where it tells nothing"),
    ],
)
def test_a_range_counts_by_its_youngest_year(signal: AgeSignal, band: AgeBand | None) -> None:
    """Without a lower bound, that is 0. Where the store does not know, the signal says nothing."""
    assert band_of(signal) == band


@pytest.mark.parametrize(
    "signal", [{"lower": 16, "upper": 13}, {"lower": -1}, {"upper": 151}, {"status": "born in 2010"}, {"age": 14}]
)
def test_what_is_no_range_is_refused(signal: dict[str, object]) -> None:
    """So a mistake of the app is not taken for an age."""
    with pytest.raises(ValidationError):
        AgeSignal.model_validate(signal)
