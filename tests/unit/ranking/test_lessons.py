import pytest

from shared.moods import MOODS
from shared.ranking.lessons import Completion, Lesson, lesson_between, mood_value
from tests.unit.ranking.examples import entry

MORNING, NOON, EVENING = entry(8, -1.0), entry(11, 0.5), entry(19, 0.0)


@pytest.mark.parametrize("mood", sorted(MOODS))
def test_the_value_of_a_mood_grows_with_its_intensity(mood: str) -> None:
    """The value grows with the intensity and has the sign of the valence."""
    values = [mood_value(mood, intensity) for intensity in range(1, 11)]

    assert sorted(values, key=abs) == values
    assert all(value * MOODS[mood].valence > 0 for value in values)


def test_two_moods_with_nothing_in_between_are_a_lesson_without_completions() -> None:
    """Every such pair says what happens anyway, however long ago the last completion was."""
    assert lesson_between(MORNING, NOON, [Completion(-90, "walk", "movement")]) == Lesson(MORNING, NOON)


def test_a_completion_counts_at_the_first_mood_within_its_window() -> None:
    """The lesson goes from the mood before to the first mood after. The next mood adds nothing."""
    walk = Completion(9, "walk", "movement")

    assert lesson_between(MORNING, NOON, [walk]) == Lesson(MORNING, NOON, (walk,))
    assert lesson_between(NOON, entry(14, 0.5), [walk]) is None


def test_a_mood_after_the_window_says_nothing_about_a_completion() -> None:
    """Ten hours after breathing the pair counts as one with nothing done."""
    assert lesson_between(MORNING, EVENING, [Completion(9, "breath", "breathing")]) == Lesson(MORNING, EVENING)


def test_writing_counts_at_a_later_day() -> None:
    """Moods before its window opens are no lesson. The last of them is the mood before in the lesson of writing, so
    that other activities of the day do not count for writing.
    """
    letter = Completion(9, "letter", "writing")
    tomorrow = entry(33, 1.0)

    assert lesson_between(MORNING, NOON, [letter]) is None
    assert lesson_between(NOON, tomorrow, [letter]) == Lesson(NOON, tomorrow, (letter,))


def test_completions_between_the_same_moods_share_a_lesson() -> None:
    """One mood cannot separate their effects."""
    both = (Completion(9, "walk", "movement"), Completion(9.5, "song", "music"))

    assert lesson_between(MORNING, NOON, both) == Lesson(MORNING, NOON, both)


def test_a_repeated_completion_counts_once() -> None:
    """A content that is completed twice between two moods is in the lesson once."""
    once, again = Completion(9, "walk", "movement"), Completion(9.5, "walk", "movement")

    assert lesson_between(MORNING, NOON, [once, again]) == Lesson(MORNING, NOON, (again,))


def test_a_pair_with_a_long_gap_is_no_lesson() -> None:
    """A gap of more than a week gives no lesson, whatever was done in between."""
    assert lesson_between(entry(8 - 24 * 30, 0.0), MORNING, [Completion(7, "walk", "movement")]) is None
