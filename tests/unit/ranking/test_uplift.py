import json
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.evaluate.policies import RandomPolicy
from infra.evaluate.simulation import simulate
from infra.evaluate.world import TrueEffects, World, seeded_random
from shared.ranking.lessons import Completion, Lesson
from shared.ranking.population import Population
from shared.ranking.population_fit import fit
from shared.ranking.uplift import (
    MAX_CONTENTS,
    PersonSums,
    estimate_baseline,
    expected_mood,
    learn_history,
    posterior,
    with_lesson,
)
from tests.unit.ranking.examples import EVERYONE, entry, lesson, lifted_by

values = st.floats(-2.5, 2.5)
kinds = st.sampled_from(["breathing", "movement", "music"])
done = st.lists(
    st.builds(Completion, st.just(1.0), st.sampled_from("abcdef"), kinds, st.floats(0, 0.4)),
    max_size=3,
    unique_by=lambda d: d[:2],
)
taught = st.builds(
    lambda before, after, gap, done: Lesson(entry(0, before), entry(gap, after), tuple(done)),
    values,
    values,
    st.floats(1.5, 100),
    done,
)


def effect(person: PersonSums, kind: str, content_id: str = "one") -> float:
    return posterior(person, EVERYONE, content_id, kind, "unpleasant_calm")[0]


@given(values, st.floats(1, 100))
def test_a_mood_is_expected_to_return_to_the_level(before: float, gap: float) -> None:
    """The lower the mood, the more it is expected to rise without any activity."""
    prediction = expected_mood(PersonSums(), EVERYONE, Lesson(entry(0, before), entry(gap, 0.0)))

    low, high = sorted([before, EVERYONE.level])
    assert low - 1e-9 <= prediction.mean <= high + 1e-9
    assert prediction.sd > 0


def test_the_level_is_the_persons_own() -> None:
    """A person whose moods are usually low is expected to be low, with more certainty after more moods."""
    usual, person = Lesson(entry(0, -1.5), entry(8, -1.5)), PersonSums()
    for _ in range(60):
        person = with_lesson(person, usual, EVERYONE)

    assert expected_mood(person, EVERYONE, usual).mean == pytest.approx(-1.5, abs=0.15)
    assert expected_mood(person, EVERYONE, usual).sd < expected_mood(PersonSums(), EVERYONE, usual).sd
    assert estimate_baseline(person, EVERYONE).noise < 1


def test_effects_of_two_kinds_are_told_apart() -> None:
    """Two kinds done equally often from the same mood get estimates with different signs."""
    person = lifted_by("breathing", 1.0)
    for _ in range(20):
        person = with_lesson(person, lesson("movement", -1.0, -1.5, "walk"), EVERYONE)

    assert effect(person, "breathing") > 0.5
    assert effect(person, "movement", "walk") < 0
    assert effect(person, "music") == pytest.approx(effect(PersonSums(), "music"), abs=1e-9)


def test_one_lesson_moves_an_estimate_a_little() -> None:
    """It counts at once, with a small weight."""
    once, often = lifted_by("breathing", 1.5, times=1), lifted_by("breathing", 1.5, times=30)

    assert effect(PersonSums(), "breathing") < effect(once, "breathing") < effect(often, "breathing")
    assert posterior(once, EVERYONE, "one", "breathing", "unpleasant_calm")[2] == 1


def test_uncertainty_shrinks_with_observations() -> None:
    """The standard deviation falls with every observation, and never reaches zero."""
    spreads = [
        posterior(lifted_by("music", 0.5, times), EVERYONE, "one", "music", "unpleasant_calm")[1]
        for times in (0, 1, 5, 40)
    ]

    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] > 0


def test_completions_of_one_lesson_share_its_effect() -> None:
    """No completion gets all of it."""
    alone, together = PersonSums(), PersonSums()
    for _ in range(10):
        alone = with_lesson(alone, lesson("breathing", -1, 1), EVERYONE)
        both = (Completion(9.5, "one", "breathing"), Completion(9.6, "song", "music"))
        together = with_lesson(together, lesson("breathing", -1, 1)._replace(done=both), EVERYONE)

    assert 0 < effect(together, "breathing") < effect(alone, "breathing")


@given(st.lists(taught, max_size=12))
def test_sums_survive_json(lessons: list[Lesson]) -> None:
    """Writing, reading and writing again give the same JSON, and nearly the same estimates."""
    person = PersonSums()
    for each in lessons:
        person = with_lesson(person, each, EVERYONE)
    written = json.loads(json.dumps(person.to_json()))

    read = PersonSums.from_json(written)

    assert read.to_json() == written
    for kind in person.kinds:
        assert effect(read, kind) == pytest.approx(effect(person, kind), abs=1e-4)


def test_an_empty_document_is_a_new_person() -> None:
    """It has no sums."""
    assert PersonSums.from_json({}) == PersonSums()


def test_sums_have_a_largest_size() -> None:
    """However many contents a person tries, the most used ones are stored."""
    person, rng = PersonSums(), seeded_random("music")
    for _ in range(1000):
        content_id = f"{rng.randrange(400):036}" if rng.random() < 0.7 else "favourite"
        person = with_lesson(person, lesson("music", rng.gauss(0, 1), rng.gauss(0, 1), content_id), EVERYONE)

    assert len(person.contents["music"]) == MAX_CONTENTS
    assert "favourite" in person.contents["music"]
    assert len(json.dumps(person.to_json())) < 4_000


def test_a_history_can_be_learned_again() -> None:
    """Learning all entries at once gives the same sums as learning them one by one."""
    world = World(3, TrueEffects())
    history = simulate(world.person(1), RandomPolicy(world.person(1)), EVERYONE, 40)

    assert learn_history(history.entries, history.done, EVERYONE) == history.sums


def test_a_busy_day_is_learned_quickly() -> None:
    """The cost of a lesson does not grow with the length of the history."""
    entries = [entry(minute / 60, 0.1) for minute in range(1440)]
    done = [Completion((minute + 0.5) / 60, str(minute), "gratitude") for minute in range(1440)]
    began = process_time()

    person = learn_history(entries, done, EVERYONE)

    assert process_time() - began < 5
    assert person.kinds["gratitude"].times_done == 1439


def test_one_person_has_a_bounded_weight() -> None:
    """A person with very many strange moods does not decide the population tables."""
    entries = [entry(turn * 4 + half * 0.5, (0.3, 2.5)[half] * (-1) ** turn) for turn in range(3000) for half in (0, 1)]
    ordinary = learn_history([entry(turn * 5, 0.5 * (-1) ** (turn % 7)) for turn in range(200)], [], EVERYONE)

    tables = fit([ordinary] * 20 + [learn_history(entries, [], EVERYONE)])

    assert all(0 <= rho < 1 for rho in tables.rho)
    assert all(noise > 0 for noise in tables.noise)
    assert max(map(abs, tables.hours)) < 0.3


def test_the_first_fit_finds_no_effect_where_there_is_none() -> None:
    """Even if people's levels are far from the default tables that their sums were learned with."""
    people = [_drifting(number) for number in range(100)]

    tables = fit(people)

    assert tables.level == pytest.approx(-0.6, abs=0.15)
    assert tables.kinds["movement"].mean == pytest.approx(0, abs=0.1)


def _drifting(number: int) -> PersonSums:
    """Somebody rather low, whose moods come back by half in four hours, whatever they do."""
    rng, hour, deviation = seeded_random("drifting", number), 9.0, 0.0
    level = rng.gauss(-0.6, 0.5)
    entries, done = [], []
    for _ in range(60):
        gap = rng.uniform(1, 7)
        left = 0.5 ** (gap / 4)
        hour, deviation = hour + gap, left * deviation + rng.gauss(0, 0.85 * (1 - left * left) ** 0.5)
        entries.append(entry(hour, level + deviation))
        if rng.random() < 1 / 3:
            done.append(Completion(hour + 0.1, "walk", "movement"))
    return learn_history(entries, done, EVERYONE)


def test_without_people_the_tables_are_the_defaults() -> None:
    """A fit without people returns the default tables."""
    assert fit([]).to_json() == fit([PersonSums()]).to_json() == Population().to_json()


@settings(max_examples=20)
@given(st.lists(st.lists(taught, max_size=20), max_size=6))
def test_any_histories_can_be_fitted_and_stored(histories: list[list[Lesson]]) -> None:
    """A fit never fails, and JSON holds its result."""
    people = []
    for history in histories:
        person = PersonSums()
        for each in history:
            person = with_lesson(person, each, EVERYONE)
        people.append(person)

    fitted = fit(people)

    assert Population.from_json(json.loads(json.dumps(fitted.to_json()))).to_json() == fitted.to_json()
    assert fitted.person_variance > 0
    assert fitted.level_variance > 0
    assert all(noise > 0 for noise in fitted.noise)
