"""The descriptive statistics: level, slope, volatility, change points, coverage, rhythm."""

import math
import random
from datetime import date, timedelta

import pytest

from functions.insights.rules.change_points import find_change_points
from functions.insights.rules.coverage import measure_coverage
from functions.insights.rules.factor_names import FactorNames, FactorSetting
from functions.insights.rules.level import estimate_difference, estimate_level
from functions.insights.rules.rhythm import LocalMood, transitions, weekday_hours
from functions.insights.rules.slope import robust_slope
from functions.insights.rules.volatility import Moment, measure_jumps, measure_volatility
from shared.factors import factor_name

FIRST = date(2026, 1, 1)
DAY = timedelta(days=1)
TRIALS = 200


def days(values: list[float]) -> dict[date, float]:
    return {FIRST + number * DAY: value for number, value in enumerate(values)}


def lasting_moods(n: int, phi: float, chance: random.Random) -> list[float]:
    """Moods around 0 with a standard deviation of 1, of which `phi` lasts until the next day."""
    value, values = chance.gauss(0, 1), []
    for _ in range(n):
        values.append(value)
        value = phi * value + chance.gauss(0, math.sqrt(1 - phi**2))
    return values


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.5, 0.7])
def test_the_intervals_hold_what_they_say(phi: float) -> None:
    """However long moods last: about 95 % of the intervals of level and slope have the true value."""
    chance = random.Random(f"{phi}")  # noqa: S311 - a simulation
    level = slope = 0
    for _ in range(TRIALS):
        series = days(lasting_moods(120, phi, chance))
        estimate, trend = estimate_level(series), robust_slope(series)
        assert estimate is not None
        assert trend is not None
        level += estimate.low <= 0 <= estimate.high
        slope += trend.low <= 0 <= trend.high

    assert level / TRIALS > 0.89
    assert slope / TRIALS > 0.89


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_a_level_rarely_changes_by_chance(phi: float) -> None:
    """A year of moods that only last has a change point in 3 % of cases."""
    chance = random.Random(f"{phi}")  # noqa: S311 - a simulation
    found = sum(bool(find_change_points(days(lasting_moods(365, phi, chance)))) for _ in range(TRIALS))

    assert found / TRIALS < 0.06


def test_two_changes_of_the_level_are_found() -> None:
    """With the day on which each begins, in order."""
    chance = random.Random(1)  # noqa: S311 - a simulation
    levels = [0] * 60 + [3] * 60 + [-1] * 60
    changes = find_change_points(days([level + chance.gauss(0, 1) for level in levels]))

    assert [change.day for change in changes] == [FIRST + 60 * DAY, FIRST + 120 * DAY]
    assert changes[0].before < 1
    assert changes[0].after > 2


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 4])
def test_too_few_days_have_no_level(values: list[float]) -> None:
    """And so no difference from another time."""
    assert estimate_level(days(values)) is None
    assert estimate_difference(days(values), days([1.0] * 9)) is None
    assert robust_slope(days(values)) is None
    assert find_change_points(days(values)) == []


def test_equal_moods_have_an_exact_level() -> None:
    """Nothing is divided by zero."""
    assert estimate_level(days([2.0] * 30)) == (2, 2, 2)
    assert robust_slope(days([2.0] * 60)) == (0, 0, 0)
    assert find_change_points(days([2.0] * 60)) == []


def test_an_outlier_does_not_turn_a_slope() -> None:
    """It is the median of all slopes."""
    steady = [number / 100 for number in range(200)]
    with_outliers = [-10 if number > 194 else value for number, value in enumerate(steady)]

    slope = robust_slope(days(with_outliers))

    assert slope is not None
    assert slope.mean == pytest.approx(0.3, abs=0.03)


def test_volatility_does_not_depend_on_gaps() -> None:
    """The same moods, looked at every eight hours or at uneven times, vary alike."""
    chance = random.Random(2)  # noqa: S311 - a simulation

    def moments(gaps: list[float]) -> list[Moment]:
        at, value, listed = 0.0, 0.0, []
        for gap in gaps:
            at, lasting = at + gap, math.exp(-math.log(2) * gap / 24)
            value = lasting * value + chance.gauss(0, 3 * math.sqrt(1 - lasting**2))
            listed.append(Moment(at, value))
        return listed

    even = measure_volatility(moments([8.0] * 3000))
    uneven = measure_volatility(moments([chance.choice([3.0, 18.0, 24.0, 48.0]) for _ in range(3000)]))

    assert even is not None
    assert uneven is not None
    assert uneven.mssd / even.mssd == pytest.approx(1, abs=0.2)


def test_jumps_are_those_of_entries_within_eight_hours() -> None:
    """Nothing is scaled: entries once a day have no jumps to tell, whatever they are."""
    daily = [Moment(24.0 * day, 8.0 * (day % 2)) for day in range(150)]
    close = [Moment(24.0 * day + 6 * part, 8.0 * part * (day % 4 == 0)) for day in range(20) for part in (0, 1)]

    jumps = measure_jumps(close)

    assert measure_jumps(daily) is None
    assert jumps is not None
    assert (jumps.pairs, jumps.share) == (20, 0.25)
    assert 0.1 < jumps.low < jumps.share < jumps.high < 0.5
    assert measure_jumps(close[:18]) is None


def test_a_jump_is_acute() -> None:
    """By seven points or more within eight hours; the share has an interval."""
    jumps = [Moment(8.0 * number, 8.0 * (number % 2)) for number in range(21)]

    volatility = measure_volatility(jumps)

    assert volatility is not None
    assert (volatility.pairs, volatility.acute) == (20, 1.0)
    assert 0.8 < volatility.acute_low < volatility.acute_high == 1.0
    assert measure_volatility(jumps[:5]) is None


def test_coverage_counts_gaps_at_both_ends() -> None:
    """The longest gap may be before the first entry or after the last one."""
    coverage = measure_coverage({FIRST + 3 * DAY: 1.0, FIRST + 5 * DAY: 1.0}, FIRST, FIRST + 9 * DAY)

    assert (coverage.days, coverage.days_with_entries, coverage.longest_gap) == (10, 2, 4)
    assert coverage.caveat == "few_days"


def test_a_range_that_has_not_begun_has_no_days() -> None:
    """It is not negative."""
    coverage = measure_coverage({}, FIRST, FIRST - 9 * DAY)

    assert (coverage.days, coverage.share, coverage.longest_gap) == (0, 0, 0)


def test_only_moods_close_in_time_follow_each_other() -> None:
    """A mood of last week leads nowhere."""
    moods = [LocalMood(at, 0, 8, mood, 1.0) for at, mood in ((0, "sad"), (8, "calm"), (100, "sad"), (110, "sad"))]

    assert transitions(moods, 10) == [("sad", "calm", 1, 0.5), ("sad", "sad", 1, 0.5)]
    assert weekday_hours(moods) == [(0, 8, 4, 1.0)]


def test_an_interval_stays_on_its_scale() -> None:
    """Moods have one from -10 to 10, and their differences one from -20 to 20."""
    wild, wilder = days([-9.0, 9.0, -9.0, 9.0, 9.0]), days([9.0, -9.0, 9.0, 9.0, -9.0])

    level, difference = estimate_level(wild), estimate_difference(wild, wilder)

    assert level
    assert difference
    assert (level.low, level.high) == (-10, 10)
    assert (difference.low, difference.high) == (-20, 20)


def test_spellings_are_one_name() -> None:
    """Letter case, spaces and compositions of Unicode make no difference."""
    assert {factor_name(label) for label in ("Café", "cafe\N{COMBINING ACUTE ACCENT}", " CAFÉ ")} == {"café"}
    assert factor_name("Straße") == factor_name("STRASSE")


def test_a_setting_of_an_older_rule_for_names_still_counts() -> None:
    """What was stored before the dotted I was folded is read as if it were stored now, and yields to what is."""
    old, new = "i\u0307\u015f", "i\u015f"
    hidden = FactorSetting(old, hidden=True, alias_of=None)

    assert FactorNames([hidden]).is_hidden(new)
    assert not FactorNames([FactorSetting(new, hidden=False, alias_of=None), hidden]).is_hidden(new)
    assert FactorNames([FactorSetting("job", hidden=False, alias_of=old)]).name_of("Job") == new


def test_an_alias_counts_for_the_other_factor() -> None:
    """A hidden factor is still counted."""
    names = FactorNames([FactorSetting("jog", hidden=False, alias_of="run"), FactorSetting("tv", True, None)])  # noqa: FBT003

    assert (names.name_of("Jog"), names.name_of("TV")) == ("run", "tv")
    assert (names.is_hidden("tv"), names.is_hidden("run")) == (True, False)
    assert names.aliases_of("run") == ["jog"]
