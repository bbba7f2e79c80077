"""Effects of content and practices, from what `recommend` has learned."""

from datetime import date

import pytest

from functions.insights.job.learned_effects import learned_effects

WINDOW = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("row", "study_effect", "is_found"),
    [
        ([0.5, 0.01, 9, 7], 0.2, True),  # it helps more than studies say
        ([0.5, 0.01, 4, 4], 0.2, False),  # done too few times
        ([0.5, 0.09, 9, 7], 0.2, False),  # the interval covers 0
        ([-0.3, 0.01, 9, 2], 0.4, False),  # less than studies say is no harm
        ([-0.8, 0.01, 9, 1], 0.4, True),  # it harms, although studies say that it helps
    ],
)
def test_an_effect_is_found_if_its_interval_excludes_0(
    row: list[float], study_effect: float, *, is_found: bool
) -> None:
    """No study prior is told as an insight about the person."""
    [(estimate, found)] = learned_effects({"kinds": {"music": row}}, {"music": study_effect}, 3.5, WINDOW)

    assert found == is_found
    assert estimate.finding.effect == pytest.approx(row[0] * 3.5)
    assert estimate.finding.effect_sd == pytest.approx(row[0])


def test_deleted_content_is_left_out() -> None:
    """Nobody can do it any more."""
    content = {"contents": {"00000000-0000-0000-0000-000000000001": [0.5, 0.01, 9, 7]}}

    assert list(learned_effects(content, {}, 3.5, WINDOW)) == []
