"""Which moods an item from a provider suits, by its genres and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from functions.content.models import with_year
from functions.content.providers.bible import PASSAGES
from functions.content.rules.moods_by_genre import (
    BOOK_SUBJECTS,
    BOOK_SUBJECTS_LEFT_OUT,
    FILM_GENRES,
    FILM_GENRES_LEFT_OUT,
    FLAVOURS,
    MUSIC_GENRES,
    audio_leads,
    match_moods,
)
from shared.moods import MOODS

some_flavours = st.frozensets(st.sampled_from(sorted(FLAVOURS)), min_size=1)
share = st.floats(0, 1)
somewhere = st.builds(audio_leads, share, share)


def test_an_unknown_year_is_left_out() -> None:
    """Some providers write zeros for it."""
    assert with_year("Kind of Blue", "1959-08-17") == "Kind of Blue (1959)"
    assert with_year("Kind of Blue", "0000") == with_year("Kind of Blue", "") == "Kind of Blue"


def test_every_mood_is_in_the_vocabulary() -> None:
    assert {mood for each in FLAVOURS.values() for mood in each.fits} <= MOODS.keys()


def test_each_flavour_fits_an_unpleasant_mood() -> None:
    """Each leads to a pleasant point."""
    assert [name for name, each in FLAVOURS.items() if not any(MOODS[mood].valence < 0 for mood in each.fits)] == []
    assert [name for name, each in FLAVOURS.items() if each.leads[0] <= 0] == []


def test_no_genre_is_both_searched_and_left_out() -> None:
    assert FILM_GENRES.keys().isdisjoint(FILM_GENRES_LEFT_OUT)
    assert BOOK_SUBJECTS.keys().isdisjoint(BOOK_SUBJECTS_LEFT_OUT)


def test_there_are_verses_of_every_flavour_but_funny() -> None:
    assert {*PASSAGES.values(), *MUSIC_GENRES.values(), "funny", "steadying"} == FLAVOURS.keys()
    assert FLAVOURS.keys() - set(PASSAGES.values()) == {"funny"}


@given(some_flavours, st.none() | somewhere)
def test_an_agitated_mood_gets_nothing_more_agitating(
    flavours: frozenset[str], leads: tuple[float, float] | None
) -> None:
    """An item that fits an unpleasant, activated mood leads below its arousal. Every item fits some mood."""
    fits, to = match_moods(flavours, leads)  # type: ignore[arg-type] # drawn from the flavours

    assert fits
    assert len(fits) == len(set(fits))
    assert [name for name in fits if 0.3 <= MOODS[name].arousal <= to[1] and MOODS[name].valence < 0] == []


@given(share, share)
def test_audio_features_give_a_valid_point(valence: float, energy: float) -> None:
    """Rounded to a twentieth, and never unpleasant."""
    to = audio_leads(valence, energy)

    assert 0.1 <= to[0] <= 0.8
    assert -0.8 <= to[1] <= 0.8
    assert all(abs(20 * x - round(20 * x)) < 1e-9 for x in to)
