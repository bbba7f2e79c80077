"""Names of moods in a file are understood in every language, and nothing is guessed by the spelling of another one."""

import pytest

from functions.checkin.formats.mood_names import DAYLIO_MOODS, MoodNames, nearest_mood
from shared.labels import LABELS
from shared.moods import MOODS


@pytest.mark.parametrize("locale", [None, "en", "de-AT", "fr"])
@pytest.mark.parametrize("language", sorted(LABELS.by_code))
def test_the_labels_of_every_language_are_moods(locale: str | None, language: str) -> None:
    """Whoever reads "Traurig" in the app means it in a file, in whatever letter case."""
    names = MoodNames({}, locale)
    found = {mood: names.get(label.title()) for mood, label in LABELS.by_code[language].moods.items()}

    assert {mood: each and each.mood for mood, each in found.items()} == {mood: mood for mood in MOODS}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("gut", "good"),
        ("Super!", "rad"),
        ("ok", "meh"),
        ("Schlecht", "bad"),
        ("LAUSIG", "awful"),
        ("Źle", "bad"),
        ("so  la la", "meh"),
        ("хорошо", "good"),
        ("最悪", "awful"),
        ("Gut \N{CLOUD WITH RAIN}", "good"),
        ("\N{FACE WITH OK GESTURE} gut", "good"),
    ],
)
def test_daylios_five_moods_in_other_languages(name: str, meant: str) -> None:
    """Daylio exports the names that its app shows. Signs beside a word say nothing against it."""
    assert MoodNames({}, "en").get(name) == DAYLIO_MOODS[meant]


@pytest.mark.parametrize("mood", MOODS.values(), ids=lambda mood: mood.name)
def test_an_emoji_alone_is_its_mood(mood: object) -> None:
    """With or without the sign that makes it colourful."""
    names = MoodNames({})

    for written in (MOODS[mood.name].emoji, f" {MOODS[mood.name].emoji}\ufe0f "):  # type: ignore[attr-defined]
        assert names.get(written).mood == mood.name  # type: ignore[attr-defined, union-attr]


def test_the_mapping_counts_before_all_names() -> None:
    """It is the person's own word."""
    names = MoodNames({"Gut": "okay:7", "A+": "joyful"}, "de")

    assert [names.get(name) for name in ("gut", "a+", "A")] == [("okay", 7), ("joyful", 5), None]


@pytest.mark.parametrize(
    ("name", "locale", "nearest"),
    [
        ("Tarurig", "de", "sad"),
        ("Angst", "de", "afraid"),  # a word of "voller Angst"
        ("hapy", "en-GB", "happy"),
        ("anxios", None, "anxious"),
        ("Angst", "en", None),
        ("gutt", "de", None),
        ("hart", "de", None),
        ("hapy", "de", None),
        ("calme", "fr", None),
        ("", "de", None),
    ],
)
def test_only_a_misspelt_name_of_the_own_language_has_a_nearest_one(
    name: str, locale: str | None, nearest: str | None
) -> None:
    """A harmful mood that only looks alike would be worse than none."""
    assert nearest_mood(name, locale) == nearest
