import pytest

from shared.moods import MOODS
from shared.ranking.lessons import Completion, Lesson, lesson_between, mood_value
from tests.unit.ranking.making import entry

MORNING, NOON, EVENING = entry(8, -1.0), entry(11, 0.5), entry(19, 0.0)


@pytest.mark.parametrize("mood", sorted(MOODS))
def test_a_mood_weighs_as_much_as_it_is_felt(mood: str) -> None:
    """The more intense, the further from nothing, on the side of the mood's own valence."""
    values = [mood_value(mood, intensity) for intensity in range(1, 11)]

    assert sorted(values, key=abs) == values
    assert all(value * MOODS[mood].valence > 0 for value in values)


def test_two_moods_with_nothing_in_between_teach_what_is_usual() -> None:
    """So does every pair, whoever long ago the last thing was done."""
    assert lesson_between(MORNING, NOON, [Completion(-90, "walk", "movement")]) == Lesson(MORNING, NOON)


def test_what_was_done_is_told_by_the_first_mood_within_its_window() -> None:
    """From the mood before it to the first after; the one after that has nothing to add."""
    walk = Completion(9, "walk", "movement")

    assert lesson_between(MORNING, NOON, [walk]) == Lesson(MORNING, NOON, (walk,))
    assert lesson_between(NOON, entry(14, 0.5), [walk]) is None


def test_a_mood_long_after_says_nothing_of_a_short_thing() -> None:
    """Ten hours after breathing, whatever one feels has other reasons, and is usual again."""
    assert lesson_between(MORNING, EVENING, [Completion(9, "breath", "breathing")]) == Lesson(MORNING, EVENING)


def test_writing_is_judged_by_later_days() -> None:
    """It stirs up first: the mood of the next hours neither speaks for it nor counts as usual, but is what a later one
    is compared with, so that nothing else that lifted this day is taken for its work.
    """
    letter = Completion(9, "letter", "writing")
    tomorrow = entry(33, 1.0)

    assert lesson_between(MORNING, NOON, [letter]) is None
    assert lesson_between(NOON, tomorrow, [letter]) == Lesson(NOON, tomorrow, (letter,))


def test_things_done_together_are_one_lesson() -> None:
    """One mood cannot tell them apart, so they share it."""
    both = (Completion(9, "walk", "movement"), Completion(9.5, "song", "music"))

    assert lesson_between(MORNING, NOON, both) == Lesson(MORNING, NOON, both)


def test_one_mood_tells_once_of_a_thing() -> None:
    """Whoever taps twice, or does within a plan what was shown in the feed, has not felt better twice."""
    once, again = Completion(9, "walk", "movement"), Completion(9.5, "walk", "movement")

    assert lesson_between(MORNING, NOON, [once, again]) == Lesson(MORNING, NOON, (again,))


def test_a_mood_of_last_month_is_nothing_to_compare_with() -> None:
    """Whatever was done in between."""
    assert lesson_between(entry(8 - 24 * 30, 0.0), MORNING, [Completion(7, "walk", "movement")]) is None
