import numpy as np

from functions.insights.job.rules.factor_groups import group_copies


def test_factors_that_are_always_given_together_are_one_group() -> None:
    """The first name stands for the group, and the others are kept."""
    rng = np.random.default_rng(1)
    walk, work = (rng.random(60) < 0.4).astype(float), (rng.random(60) < 0.4).astype(float)

    groups = group_copies({"walk": walk, "dog": walk.copy(), "work": work})

    assert [group.names for group in groups] == [("dog", "walk"), ("work",)]


def test_an_opposite_is_no_copy() -> None:
    """Home and away never occur together: to name them together would say the contrary."""
    home = (np.random.default_rng(1).random(60) < 0.4).astype(float)

    assert len(group_copies({"home": home, "away": 1 - home})) == 2


def test_factors_that_never_vary_are_not_alike() -> None:
    """Without a day that differs there is no correlation."""
    assert len(group_copies({"never": np.zeros(30), "always": np.ones(30), "unknown": np.full(30, np.nan)})) == 3


def test_a_factor_with_other_values_than_0_and_1_is_a_measure() -> None:
    """Days on which a tag is unknown do not make it a measure."""
    tag, hours = np.array([0, 1, np.nan, 1]), np.array([7.5, 6, np.nan, 8])

    assert {group.names[0]: group.is_tag for group in group_copies({"tag": tag, "sleep": hours})} == {
        "tag": True,
        "sleep": False,
    }


def test_no_factors_make_no_groups() -> None:
    """A person may give no tags at all."""
    assert group_copies({}) == []
