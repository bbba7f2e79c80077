from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from functions.insights.job.rules.daily_series import Numbers
from functions.insights.job.rules.experiment import VerdictCode, analyse
from functions.insights.rules.experiment_draw import BLOCK, FEWEST_DAYS, MOST_DAYS, commitment, draw
from functions.insights.rules.experiment_power import power
from tests.unit.insights.simulated_days import autocorrelated

DAYS = 28
DRAWN = draw("a secret", DAYS)
KEPT = np.array(DRAWN, dtype=float)


def moods(effect: float, seed: int = 1) -> Numbers:
    values: Numbers = 4 * autocorrelated(np.random.default_rng(seed), DAYS, 0.4) + effect * KEPT
    return values


def test_the_draw_is_what_its_description_says() -> None:
    """Anyone can repeat it with SHA-256: the first days of each week's order are yes-days."""
    first_week = sorted(range(7), key=lambda day: sha256(f"a secret:{day}".encode()).hexdigest())
    second_week = sorted(range(7, 14), key=lambda day: sha256(f"a secret:{day}".encode()).hexdigest())

    assert {day for day in range(14) if DRAWN[day]} == {*first_week[:4], *second_week[:3]}
    assert commitment("a secret") == sha256(b"a secret").hexdigest()


@given(st.text(), st.integers(FEWEST_DAYS, MOST_DAYS))
def test_every_week_has_three_or_four_yes_days(seed: str, days: int) -> None:
    """A slow change of the mood meets yes-days and no-days alike."""
    drawn = draw(seed, days)

    assert len(drawn) == days
    assert {sum(drawn[first : first + BLOCK]) for first in range(0, days - BLOCK + 1, BLOCK)} <= {3, 4}
    assert abs(2 * sum(drawn) - days) <= 2


def test_each_day_is_as_likely_drawn_as_any_other() -> None:
    """Of many seeds, each day of two weeks is a yes-day in half the draws."""
    shares = np.mean([draw(f"seed {number}", 14) for number in range(4000)], axis=0)

    assert shares == pytest.approx([4 / 7] * 7 + [3 / 7] * 7, abs=0.04)


def test_what_helped_is_told_with_its_interval() -> None:
    """The interval holds the true effect, and lies above 0."""
    result = analyse(DRAWN, moods(5), KEPT)

    assert result.verdict == VerdictCode.HELPED
    assert result.low is not None
    assert result.high is not None
    assert 0 < result.low < 5 < result.high
    assert (result.yes_days, result.no_days, result.kept_on_yes_days, result.kept_on_no_days) == (14, 14, 1, 0)


@pytest.mark.parametrize("effect", [0, -8], ids=["no effect", "harm"])
def test_without_a_benefit_none_is_told(effect: float) -> None:
    """Harm is no benefit either: its interval says so."""
    result = analyse(DRAWN, moods(effect), KEPT)

    assert result.verdict == VerdictCode.NOT_SHOWN
    assert result.low is not None
    assert result.low < 0


def test_p_and_interval_say_the_same() -> None:
    """The 95 % interval covers 0 if p is above 5 %, and does not otherwise."""
    results = [analyse(DRAWN, moods(effect, seed), KEPT) for effect in (0, 2, 3) for seed in range(20)]

    for result in results:
        assert result.low is not None
        assert result.high is not None
        assert result.p is not None
        assert (result.low <= 0 <= result.high) == (result.p > 0.05)
    assert {result.verdict for result in results} == {VerdictCode.HELPED, VerdictCode.NOT_SHOWN}


def test_the_interval_moves_with_the_moods() -> None:
    """A point more on every yes-day is a point more of effect; a point more on every day is none."""
    result, more, higher = (analyse(DRAWN, each, KEPT) for each in (moods(2), moods(3), moods(2) + 1))

    assert np.subtract(more[5:8], result[5:8]) == pytest.approx([1, 1, 1])  # type: ignore[arg-type]
    assert higher[5:] == pytest.approx(result[5:])


def test_days_are_compared_as_they_were_drawn() -> None:
    """Yes-days on which it was not done stay yes-days, so the effect is that of being assigned."""
    kept = KEPT * (np.arange(DAYS) % 5 != 0)

    assert analyse(DRAWN, moods(5), kept)[5:] == analyse(DRAWN, moods(5), KEPT)[5:]


def test_too_few_moods_tell_nothing() -> None:
    """Five yes-days and five no-days with a mood are needed."""
    outcome = moods(5)
    outcome[np.flatnonzero(KEPT)[4:]] = np.nan

    result = analyse(DRAWN, outcome, KEPT)

    assert (result.verdict, result.yes_days, result.effect, result.p) == (VerdictCode.NOT_TOLD, 4, None, None)


@pytest.mark.parametrize(
    "kept", [np.ones(DAYS), np.zeros(DAYS), np.full(DAYS, np.nan), np.where(np.arange(DAYS) % 2, KEPT, 1 - KEPT)]
)
def test_days_that_do_not_differ_tell_nothing(kept: Numbers) -> None:
    """It must have been done on 50 points more of the yes-days, by the person's own answers."""
    assert analyse(DRAWN, moods(5), kept).verdict == VerdictCode.NOT_TOLD


def test_equal_moods_show_no_effect() -> None:
    """A person who always answers the same has an effect of 0."""
    result = analyse(DRAWN, np.full(DAYS, 5.0), KEPT)

    assert (result.verdict, result.p) == (VerdictCode.NOT_SHOWN, 1)
    assert result.effect == pytest.approx(0, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(FEWEST_DAYS, MOST_DAYS).flatmap(
        lambda days: st_numpy.arrays(float, days, elements=st.sampled_from([np.nan, -10, -5, 0, 5, 10]))
    )
)
def test_any_moods_give_an_interval_or_none(outcome: Numbers) -> None:
    """However many moods are missing, an interval has two finite ends around the effect."""
    drawn = draw("any", len(outcome))
    result = analyse(drawn, outcome, np.array(drawn, dtype=float))

    figures = (result.low, result.effect, result.high, result.p)
    if result.verdict == VerdictCode.NOT_TOLD:
        assert figures == (None, None, None, None)
    else:
        assert np.isfinite(np.array(figures, dtype=float)).all()
        assert np.diff(np.array(figures[:3], dtype=float)) == pytest.approx(np.abs(np.diff(figures[:3])))  # type: ignore[arg-type]


def test_longer_experiments_show_more() -> None:
    """The chance that is told before the start grows with the days."""
    chances = [power(days) for days in range(FEWEST_DAYS, MOST_DAYS + 1)]

    assert chances == sorted(chances)
    assert (power(14), power(28)) == (0.31, 0.67)
