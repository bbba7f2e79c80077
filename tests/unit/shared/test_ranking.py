from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.moods import MOODS, distance
from shared.ranking import Candidates, Content, Scored, rank
from shared.ranking.pool import GENTLE_EFFORT, GENTLE_KINDS, wanted
from shared.ranking.scoring import VARIETY

KINDS = ["breathing", "movement", "music", "nature", "rest", "verse", "writing"]
LIMIT = 5

places = st.floats(-1, 1)
contents = st.builds(
    Content,
    id=st.uuids(),
    version=st.just(1),
    kind=st.sampled_from(KINDS),
    title=st.just("Something to do"),
    body=st.none(),
    minutes=st.integers(1, 60),
    effort=st.integers(1, 5),
    leads_valence=places,
    leads_arousal=places,
    url=st.none(),
    image_url=st.none(),
    attribution=st.none(),
    effect=st.none() | st.floats(0, 1),
    citation=st.just("A trial, 2020"),
)
catalogues = st.lists(contents, max_size=40, unique_by=lambda content: content.id)
moods = st.sampled_from(sorted(MOODS))


def ranked(items: list[Content], mood: str, luck: UUID, *, gentle: bool = False) -> list[Scored]:
    return rank(Candidates(mood, tuple(items), 0), luck, LIMIT, gentle=gentle)


def content(kind: str, place: tuple[float, float], effect: float | None = None) -> Content:
    return Content(
        UUID(int=1), 1, kind, "Something to do", None, 5, 1, *place, None, None, None, effect, "A trial, 2020"
    )


@given(catalogues, moods, st.uuids())
def test_the_terms_add_up_to_the_score(items: list[Content], mood: str, luck: UUID) -> None:
    """The explanation is the calculation, and every term of it has words."""
    for scored in ranked(items, mood, luck):
        assert sum(term.value for term in scored.terms) == pytest.approx(scored.score, abs=1e-9)
        assert all(term.code and term.label and term.detail for term in scored.terms)
        assert len({term.code for term in scored.terms}) == len(scored.terms)


@given(catalogues, moods, st.uuids())
def test_as_many_kinds_as_there_are(items: list[Content], mood: str, luck: UUID) -> None:
    """Five, or all that there is, nothing twice, and of two kinds rather than twice of one."""
    chosen = [scored.content for scored in ranked(items, mood, luck)]

    assert len(chosen) == min(LIMIT, len(items))
    assert len({each.id for each in chosen}) == len(chosen)
    assert len({each.kind for each in chosen}) == min(LIMIT, len({each.kind for each in items}))


@given(catalogues, moods, st.uuids())
def test_chance_never_outweighs_a_clear_difference(items: list[Content], mood: str, luck: UUID) -> None:
    """What was passed over is no more than chance better than the one of its kind that was chosen."""
    base = {each.id: ranked([each], mood, luck)[0] for each in items}
    solid = {key: scored.score - scored.terms[-1].value for key, scored in base.items()}
    chosen = [scored.content for scored in ranked(items, mood, luck)]

    best_of_kind: dict[str, float] = {}
    for each in chosen:
        best_of_kind[each.kind] = max(best_of_kind.get(each.kind, -1.0), solid[each.id])
    for passed_over in set(items) - set(chosen):
        rivals = [best_of_kind[passed_over.kind]] if passed_over.kind in best_of_kind else best_of_kind.values()
        assert solid[passed_over.id] <= min(rivals) + VARIETY + 1e-9


@given(catalogues, moods, st.uuids())
def test_a_list_can_be_made_again(items: list[Content], mood: str, luck: UUID) -> None:
    """Chance is drawn from the id of the list, so that what was shown can be explained later."""
    assert ranked(items, mood, luck) == ranked(items, mood, luck)


@given(catalogues, moods, st.uuids())
def test_someone_in_danger_is_only_shown_gentle_things(items: list[Content], mood: str, luck: UUID) -> None:
    """Whatever scores higher, a hard or loud thing is never among them."""
    gentle = [each for each in items if each.kind in GENTLE_KINDS and each.effort <= GENTLE_EFFORT]

    chosen = [scored.content for scored in ranked(items, mood, luck, gentle=True)]

    assert set(chosen) <= set(gentle)
    assert len(chosen) == min(LIMIT, len(gentle))


@pytest.mark.parametrize(
    ("mood", "better", "worse"),
    [
        ("anxious", (0.5, -0.5), (0.7, 0.8)),
        ("sad", (0.6, 0.2), (-0.2, -0.8)),
        ("joyful", (0.9, 0.25), (-0.5, 0.9)),
        ("exhausted", (0.6, 0.2), (0.7, 0.95)),
    ],
)
def test_help_leads_where_a_mood_wants_to_go(
    mood: str, better: tuple[float, float], worse: tuple[float, float]
) -> None:
    """Out of a storm to calm, out of the grey to a little life, and a good mood a step on."""
    first, second = ranked([content("music", worse), content("verse", better)], mood, UUID(int=7))

    assert (first.content.kind, second.content.kind) == ("verse", "music")
    assert distance(wanted(mood), better) < distance(wanted(mood), worse)


def test_evidence_counts_and_is_cited() -> None:
    """Of two that lead to the same place the one backed by studies comes first, and names them."""
    backed, other = ranked([content("music", (0.5, 0.1)), content("verse", (0.5, 0.1), 0.4)], "sad", UUID(int=7))

    assert [term.code for term in backed.terms] == ["mood_fit", "evidence", "variety"]
    assert "A trial, 2020" in backed.terms[1].detail
    assert [term.code for term in other.terms] == ["mood_fit", "variety"]


def test_nothing_to_choose_from_is_an_empty_list() -> None:
    """An empty catalogue is no failure."""
    assert ranked([], "sad", UUID(int=7)) == []
