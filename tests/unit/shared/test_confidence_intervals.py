import pytest

from shared.confidence_intervals import normal_score, student_t, two_sided_p


@pytest.mark.parametrize(
    ("freedom", "t", "p"),
    [(7, 2.365, 0.05), (10, 4.587, 0.001), (20, 3.850, 0.001), (60, 3.460, 0.001), (60, -1.671, 0.1)],
)
def test_p_is_what_the_tables_say(freedom: int, t: float, p: float) -> None:
    """Within 5 %, also far from 0, where decisions among many tests are made."""
    assert two_sided_p(t, freedom) == pytest.approx(p, rel=0.05)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
def test_interval_and_p_agree(level: float) -> None:
    """The end of an interval has the p that its level leaves."""
    assert two_sided_p(student_t(12, level), 12) == pytest.approx(1 - level)


def test_many_degrees_of_freedom_are_normal() -> None:
    """Student's t becomes the normal distribution, with its sign."""
    assert normal_score(-3, 1e6) == pytest.approx(-3, rel=1e-4)
