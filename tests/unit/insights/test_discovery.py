from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from functions.insights.job.rules.association import Association
from functions.insights.job.rules.daily_series import WINDOW_DAYS, DailySeries, Numbers
from functions.insights.job.rules.discovery import adjust, discover, estimate, forgets_tags, select
from tests.unit.insights.simulated_days import autocorrelated, series, tags

ALPHA = 0.05


def association(p: float, *, factor: str = "walk", effect: float = 1.0) -> Association:
    return Association(
        factor, (factor,), "valence", 0, 1.0, effect, effect, 1.0, 60, p, p, n_with=30, n_without=40, n_effective=50
    )


def planted(days: int = 120, effect: float = 5.0) -> DailySeries:
    """A person whose mood is better on days with the first tag."""
    rng = np.random.default_rng(3)
    given_tags = tags(rng, days, 12)
    return series(4 * autocorrelated(rng, days, 0.5) + effect * given_tags["tag 00"], given_tags)


def names(found: Sequence[Association]) -> list[tuple[str, int]]:
    return [(each.factor, each.lag) for each in found]


def test_a_planted_effect_is_found_and_nothing_else() -> None:
    """Its interval holds the true effect, and its effect is also told in the person's own sd."""
    discovery = discover(planted(), ALPHA)

    assert names(discovery.found) == [("tag 00", 0)]
    (found,) = discovery.found
    assert found.low < 5 < found.high
    assert found.effect_sd == pytest.approx(found.effect / np.std(planted().outcome, ddof=1))
    assert found.n_with + found.n_without == 120
    assert [each.factor for each in discovery.withheld] == [f"tag {number:02}" for number in range(1, 12)]


def test_an_effect_on_the_next_day_has_lag_1() -> None:
    """It is not also shown for the same day, where it leaves an echo."""
    rng = np.random.default_rng(3)
    given_tags = tags(rng, 120, 12)
    outcome = 4 * autocorrelated(rng, 120, 0.5)
    outcome[1:] += 6 * given_tags["tag 00"][:-1]

    assert names(discover(series(outcome, given_tags), ALPHA).found) == [("tag 00", 1)]


def test_a_factor_that_lasts_has_no_effect_on_the_next_day_by_itself() -> None:
    """A holiday lifts each of its days. The next day's lift is its own, so lag 1 shows none."""
    rng = np.random.default_rng(5)
    holiday = (autocorrelated(rng, 200, 0.9) > 0.5).astype(float)

    discovery = discover(series(4 * autocorrelated(rng, 200, 0.4) + 5 * holiday, {"holiday": holiday}), ALPHA)

    assert names(discovery.found) == [("holiday", 0)]


def test_another_outcome_is_tested_with_its_own_share() -> None:
    """What goes with arousal is found there, not with the mood."""
    person = planted(effect=0)
    rng = np.random.default_rng(9)
    arousal = 4 * autocorrelated(rng, 120, 0.3) + 6 * person.factors["tag 05"]

    discovery = discover(person, ALPHA, [DailySeries(person.first_day, arousal, person.factors, "arousal")])

    assert [(each.factor, each.outcome) for each in discovery.found] == [("tag 05", "arousal")]


def test_a_measure_is_told_per_standard_deviation() -> None:
    """Hours of sleep have no days with and without: days above their mean are counted."""
    rng = np.random.default_rng(4)
    sleep = 7 + 1.5 * rng.normal(size=100)
    outcome = 4 * autocorrelated(rng, 100, 0.4) + 2 * sleep

    (found,) = discover(series(outcome, {"sleep": sleep}), ALPHA).found

    assert found.unit == pytest.approx(sleep.std())
    assert found.low < 2 * sleep.std() < found.high
    assert found.n_with == (sleep > sleep.mean()).sum()


def test_a_weekday_cycle_is_not_taken_for_a_factor() -> None:
    """Work is given on most workdays, and the mood is low on workdays: weekdays explain both."""
    rng = np.random.default_rng(6)
    workday = (np.arange(140) % 7 < 5).astype(float)
    work = workday * (rng.random(140) < 0.9)

    discovery = discover(series(2 * autocorrelated(rng, 140, 0.3) - 6 * workday, {"work": work}), ALPHA)

    assert [each.factor for each in discovery.tested if each.lag == 0] == ["work"]
    assert discovery.found == ()


def test_copies_are_found_once_under_all_their_names() -> None:
    """Two tags that are always given together cannot be told apart."""
    person = planted()
    copied = series(person.outcome, {**person.factors, "a copy": person.factors["tag 00"]})

    (found,) = discover(copied, ALPHA).found

    assert found.names == ("a copy", "tag 00")


def test_days_without_any_tag_are_unknown_not_absent() -> None:
    """They count neither as days with nor as days without the tag."""
    person = planted()
    unknown = np.arange(120) % 3 == 0
    partly = {name: np.where(unknown, np.nan, values) for name, values in person.factors.items()}

    tested = [each for each in discover(series(person.outcome, partly), ALPHA).tested if each.lag == 0]

    assert {each.n_with + each.n_without for each in tested} == {80}


def test_only_the_last_year_is_read() -> None:
    """An effect of long ago does not describe the present."""
    long_ago = planted(effect=20)
    present = planted(days=WINDOW_DAYS, effect=0)
    both = series(
        np.concatenate([long_ago.outcome, present.outcome]),
        {name: np.concatenate([long_ago.factors[name], present.factors[name]]) for name in present.factors},
    )

    assert discover(both, ALPHA) == discover(both.recent(), ALPHA)
    assert both.recent().first_day.toordinal() == both.first_day.toordinal() + 120


def test_p_is_adjusted_for_everything_tried() -> None:
    """Holm: the smallest p is multiplied by all tests, the next by one fewer, and none falls below the one before."""
    adjusted = adjust([association(0.02), association(0.001), association(0.011)], share=1)

    assert [each.adjusted_p for each in adjusted] == pytest.approx([0.003, 0.022, 0.022])
    assert adjust([association(0.01)], share=0.5)[0].adjusted_p == pytest.approx(0.02)


def test_intervals_of_what_is_found_are_wider_for_the_selection() -> None:
    """One of 20 that is shown has a level of 1 - 0.05 / 20, as its effect was chosen for being large."""
    found = select(adjust([association(1e-6), *[association(0.5)] * 19], share=1), ALPHA)

    assert [each.level for each in found] == pytest.approx([1 - 0.05 / 20])
    assert found[0].high - found[0].low > np.subtract(*association(1e-6).interval(0.95)[::-1])


def test_a_new_estimate_agrees_with_the_discovery() -> None:
    """It spends nothing, and keeps the level of the interval."""
    (found,) = discover(planted(), ALPHA).found

    again = estimate(planted(), "tag 00", 0, found.level)

    assert again is not None
    assert (again.effect, again.low, again.high) == pytest.approx((found.effect, found.low, found.high))


def test_an_insight_ends_when_its_80_percent_interval_covers_0() -> None:
    """The wider interval that is shown may cover 0 without an end."""
    assert association(0.5, effect=1.0).has_ended
    assert not association(0.1, effect=1.5).has_ended
    assert association(0.1, effect=1.5).low < 0


def test_what_is_gone_cannot_be_estimated() -> None:
    """A factor that was renamed, or that too few of the last days have, gives no estimate."""
    person = planted()
    rare = series(person.outcome, {"rare": (np.arange(120) < 3).astype(float)})

    assert estimate(person, "never given", 0) is None
    assert estimate(rare, "rare", 0) is None


def test_a_withheld_factor_says_which_days_are_missing() -> None:
    """Five days with it and five without are needed. A rare one needs more days to be told than a frequent one."""
    person = planted(days=40, effect=0)
    rare, frequent = np.arange(40) < 2, np.arange(40) % 2 == 0
    unusual = (np.arange(40) % 7 == 0) & (np.arange(40) > 0)
    factors = {"rare": rare, "frequent": frequent, "unusual": unusual}
    outcome = person.outcome

    discovery = discover(series(outcome, {name: days.astype(float) for name, days in factors.items()}), 0.001)

    withheld = {each.factor: each for each in discovery.withheld}
    assert withheld["rare"][2:] == (3, 0, 3)
    assert withheld["frequent"][2:4] == (0, 0)
    assert withheld["frequent"].days < withheld["unusual"].days


def test_forgotten_tags_are_noticed() -> None:
    """If all tags together seem to go with good days, they were probably forgotten on low ones."""
    rng = np.random.default_rng(8)
    given_tags = tags(rng, 180, 30)
    outcome = 4 * autocorrelated(rng, 180, 0.5)
    forgotten = {name: values * ~((outcome < -2) & (rng.random(180) < 0.4)) for name, values in given_tags.items()}

    assert discover(series(outcome, forgotten), ALPHA).forgets_tags
    assert not discover(series(outcome, given_tags), ALPHA).forgets_tags
    assert not discover(planted(), ALPHA).forgets_tags


def test_few_tags_say_nothing_about_forgetting() -> None:
    """Three tags may all truly go with good days."""
    fits = [association(0.001, factor=f"tag {number}", effect=4.0) for number in range(3)]

    assert not forgets_tags(fits, {fit.factor for fit in fits})


@pytest.mark.parametrize(
    "outcome",
    [
        np.array([]),
        np.full(100, np.nan),
        np.where(np.arange(100) == 50, 3.0, np.nan),
        np.full(100, 5.0),
        np.arange(100.0),
        np.where(np.arange(100) % 7 == 0, 1.0, np.nan),
    ],
    ids=["no day", "no entry", "one entry", "all equal", "a straight line", "Mondays only"],
)
def test_an_outcome_that_cannot_tell_finds_nothing(outcome: Numbers) -> None:
    """Nothing is found, and nothing fails."""
    days = len(outcome)
    factors = {
        **tags(np.random.default_rng(1), days, 5),
        "never": np.zeros(days),
        "always": np.ones(days),
        "unknown": np.full(days, np.nan),
        "Sundays": (np.arange(days) % 7 == 6).astype(float),
    }

    discovery = discover(series(outcome, factors), ALPHA, [series(outcome, factors)])

    assert discovery.found == ()
    assert len(discovery.withheld) >= 5
    assert all(each.days >= 0 for each in discovery.withheld)


def test_no_factors_find_nothing() -> None:
    """A person may give no tags at all."""
    assert discover(series(np.zeros(50), {}), ALPHA) == ((), (), (), False)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 150).flatmap(
        lambda days: st.tuples(
            st_numpy.arrays(float, days, elements=st.sampled_from([np.nan, -10, -5, 0, 5, 10])),
            st_numpy.arrays(float, (days, 4), elements=st.sampled_from([np.nan, 0, 1])),
            st_numpy.arrays(float, days, elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))),
        )
    )
)
def test_any_days_give_figures_that_are_finite(days: tuple[Numbers, Numbers, Numbers]) -> None:
    """Whatever is missing or equal, every association has an effect, an interval and a p."""
    outcome, columns, measure = days
    factors = {f"tag {number}": columns[:, number] for number in range(4)} | {"measure": measure}

    discovery = discover(series(outcome, factors), 1.0)

    for each in (*discovery.tested, *discovery.found):
        assert np.isfinite([each.effect, each.effect_sd, each.low, each.high, each.n_effective]).all()
        assert 0 <= each.p <= each.adjusted_p <= 1
        assert min(each.n_with, each.n_without) >= 5


def test_300_factors_are_one_family() -> None:
    """Each further factor makes it harder to be found."""
    rng = np.random.default_rng(2)
    outcome, factors = 4 * autocorrelated(rng, 120, 0.5), tags(rng, 120, 300)

    few = discover(series(outcome, dict(list(factors.items())[:10])), ALPHA)
    many = discover(series(outcome, factors), ALPHA)

    adjusted = {each.factor: each.adjusted_p for each in many.tested if each.lag == 0}
    assert len(adjusted) == 300
    assert all(adjusted[each.factor] >= each.adjusted_p for each in few.tested if each.lag == 0)
    assert many.found == ()
