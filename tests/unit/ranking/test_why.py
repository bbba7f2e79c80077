"""`why` over a thousand feeds of ten people, from the seeded catalogue."""

import re
from collections.abc import Mapping
from functools import cache
from itertools import chain
from statistics import median
from uuid import UUID

import pytest

from infra.seed import CONTENT, read
from shared.moods import MOODS as MOODS_BY_NAME
from shared.ranking import Candidate, CandidateSet, PersonKnowledge, RankedItem, Situation, rank
from shared.ranking.beliefs import beliefs_from
from shared.ranking.collaborative import SimilarTaste
from shared.ranking.population import PooledEffect, Population
from shared.ranking.reason_texts import REASON_TEXTS
from shared.ranking.taste import Taste, with_reaction
from shared.ranking.uplift import PersonSums, with_lesson
from shared.ranking.why import CHANCE, PLEASANT, leading_codes
from tests.unit.ranking.examples import lesson

FEEDS_PER_PERSON = 100
MOODS = ("sad", "anxious", "tired", "angry", "happy")
LANGUAGES = ("en", "de")
EVERYONE = Population(kinds={"music": PooledEffect(0.3, 0.02, 40), "rest": PooledEffect(-0.2, 0.02, 40)})


@cache
def candidates(mood: str) -> CandidateSet:
    rows = [row for row in read(CONTENT) if mood in row["fits"]]
    return CandidateSet(mood, tuple(map(_candidate, rows)), 0.0)


def _candidate(row: Mapping[str, object]) -> Candidate:
    evidence = row["evidence"].obj if row["evidence"] else {}  # type: ignore[attr-defined]
    columns = {name: row.get(name) for name in Candidate._fields} | {"learnable": True}
    columns |= {"version": 1, **{name: evidence.get(name) for name in ("effect", "citation", "says")}}
    return Candidate(**columns)  # type: ignore[arg-type]


@cache
def person(number: int) -> PersonKnowledge:
    """Somebody with a history: the higher the number, the longer."""
    sums, taste = PersonSums(), Taste()
    items = [item for mood in MOODS for item in candidates(mood).items][number :: 11 - number][: number * 6]
    for index, item in enumerate(items):
        for _ in range(1 + index % 4):
            after = 1.2 if index % 3 else -1.4
            sums = with_lesson(sums, lesson(item.kind, -1.0, after, str(item.id)), EVERYONE)
        taste = with_reaction(taste, str(item.id), item.kind, ("like", "skip", "complete")[index % 3], float(index))
    near = {str(item.id): SimilarTaste(0.9, 12) for item in items[::5]}
    return PersonKnowledge(EVERYONE, beliefs_from(sums, EVERYONE), taste, near)


@cache
def feeds(language: str, limit: int = 5) -> list[list[RankedItem]]:
    return [
        rank(
            candidates(MOODS[number % len(MOODS)]),
            UUID(int=number * 7919 + each),
            limit,
            Situation(day=60.0 + number % 9, hour=number % 24, locale=language),
            person(each),
        )
        for each in range(10)
        for number in range(FEEDS_PER_PERSON)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_says_something_different_about_each_item(language: str) -> None:
    """No sentence is twice in a list, and none has a digit."""
    sentences = [[item.why for item in feed] for feed in feeds(language)]
    different = [len({*whys}) for whys in sentences]
    with_digits = [why for whys in sentences for why in whys if re.search(r"\d", why)]
    print(  # noqa: T201 - the figures of the bar: 3 in the median, and 0
        f"{language}: {len(sentences)} feeds of ten people; of five {median(different)} differ in the median, "
        f"{min(different)} at least; {len(with_digits)} have a digit"
    )

    assert different == [len(whys) for whys in sentences]
    assert with_digits == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_one_of_the_two_largest_terms(language: str) -> None:
    """The sentence begins with a term that is among the two largest apart from chance, and that speaks for the item."""
    items = [item for feed in feeds(language) for item in feed]
    naming = [item for item in items if _names_a_large_term(item, language)]
    print(f"{language}: {len(naming)} of {len(items)} sentences name one of the two largest terms")  # noqa: T201

    assert naming == items


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_happened_with_the_person_is_said_first(language: str) -> None:
    """They have mostly felt better after moving, and that counts for more than the study."""
    texts, runs = REASON_TEXTS.texts(language), PersonSums()
    for run in range(40):
        runs = with_lesson(runs, lesson("movement", -0.6, 1.0 if run % 4 else -0.6, "a run"), EVERYONE)
    knowledge = PersonKnowledge(EVERYONE, beliefs_from(runs, EVERYONE))

    ranked = rank(candidates("sad"), UUID(int=3), 10, Situation(locale=language), knowledge)

    [movement] = [item for item in ranked if item.content.kind == "movement"]
    own_days = [text.format(after=texts.after_kind["movement"]) for text in texts.why.uplift]
    assert any(movement.why.startswith(sentence) for sentence in own_days)


def test_chance_does_not_keep_a_reason_from_being_said() -> None:
    """It is often the largest term, and it is no reason."""
    codes = leading_codes({"mood_fit": 0.29, "evidence": 0.1, "uplift": 0.2, "variety": 0.45})

    assert codes == ["mood_fit", "uplift"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_of_one_kind_does_not_repeat_itself(language: str) -> None:
    """Twenty pieces of music for somebody new have twenty sentences."""
    only_music = Situation(kinds=frozenset({"music"}), locale=language)

    ranked = rank(candidates("sad"), UUID(int=5), 20, only_music)

    assert len({item.why for item in ranked}) == len(ranked)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_promises_to_wake_anybody_up_in_the_evening(language: str) -> None:
    """For somebody tired, by day it may bring back energy."""
    waking = REASON_TEXTS.texts(language).leads.wake

    noon, evening = (
        " ".join(item.why for item in rank(candidates("tired"), UUID(int=5), 20, Situation(hour=hour, locale=language)))
        for hour in (12, 21)
    )

    assert any(lead in noon for lead in waking)
    assert not [lead for lead in waking if lead in evening]


@pytest.mark.parametrize("mood", ["lonely", "hopeless", "relaxed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_tired_people_are_promised_to_wake_up(language: str, mood: str) -> None:
    """A lonely person is not sleepy, and a relaxed one does not want to be woken."""
    ranked = rank(candidates(mood), UUID(int=5), 20, Situation(hour=12, locale=language))

    whys = " ".join(item.why for item in ranked)
    assert not [lead for lead in REASON_TEXTS.texts(language).leads.wake if lead in whys]


FEELING_WELL = sorted(name for name, mood in MOODS_BY_NAME.items() if mood.valence > PLEASANT)
EASED = re.compile(
    r"low mood|stress|anxi|tight|calmer|lighter|come to rest|brighter"
    r"|gedrückt|Stress|Angst|angespannt|ruhiger|leichter|zur Ruhe|Schöneres"
)


@pytest.mark.parametrize("mood", FEELING_WELL)
@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_who_feels_well_is_not_promised_relief(language: str, mood: str) -> None:
    """Nothing has to be eased: the sentences speak of enjoying it, and of what studies found only in general."""
    ranked = rank(candidates(mood), UUID(int=5), 20, Situation(hour=12, locale=language))

    assert [item.why for item in ranked if EASED.search(item.why)] == []
    assert any(lead in item.why for item in ranked for lead in REASON_TEXTS.texts(language).leads.savour)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_without_a_low_mood_is_told_that_one_was_eased(language: str) -> None:
    """Somebody who is okay reads what studies found in general."""
    ranked = rank(candidates("okay"), UUID(int=5), 20, Situation(hour=12, locale=language))

    assert [item.why for item in ranked if re.search("low mood|gedrückt", item.why)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_who_feels_well_and_wants_to_be_calmer_reads_of_calm(language: str) -> None:
    """The target is what they ask for."""
    leads, wish = REASON_TEXTS.texts(language).leads, Situation(target="calm", locale=language)

    whys = " ".join(item.why for item in rank(candidates("excited"), UUID(int=5), 20, wish))

    assert any(lead in whys for lead in leads.settle)


def test_a_subject_is_true_of_every_item_of_its_kind() -> None:
    """A time to get up is no rest, thinking of the moon lets no thoughts pass by, and not every thanks is small."""
    said = " ".join(
        subject for texts in REASON_TEXTS.by_code.values() for each in texts.subjects.values() for subject in each
    )
    only_of_some = ("without guilt", "real break", "passing by", "pass by", "thank-you", "good book", "plants", "poem")

    assert [words for words in only_of_some if words in said] == []


def test_a_person_whose_language_has_no_texts_reads_english() -> None:
    ranked, english = (
        rank(candidates("sad"), UUID(int=5), 5, Situation(locale=locale)) for locale in ("sw-KE", "en-GB")
    )

    assert [item.why for item in ranked] == [item.why for item in english]


def test_no_reason_reads_like_a_log() -> None:
    """No sentence or detail has a signed zero, or words that only a statistician uses."""
    texts = [text for item in chain(*feeds("en")) for text in (item.why, *(term["detail"] for term in item.terms))]

    assert not [text for text in texts if re.search(r"(?<!\d)[-\u2212]0|give or take|counts here|^doi", text)]


def _names_a_large_term(item: RankedItem, language: str) -> bool:
    terms = [term for term in item.terms if term["code"] not in CHANCE]
    largest = sorted(terms, key=lambda term: -abs(term["value"]))[:2]
    return any(item.why.startswith(opening) for term in largest for opening in _openings(term["code"], item, language))


def _openings(code: str, item: RankedItem, language: str) -> list[str]:
    texts, content = REASON_TEXTS.texts(language), item.content
    if code == "mood_fit":
        return [f"{subject[0].upper()}{subject[1:]} " for subject in texts.subjects[content.kind]]
    if code == "evidence" and content.says:
        return [content.says[language], *texts.why.evidence_of_good]
    names = {"uplift": ("uplift", "uplift_this")}.get(code, (code,))
    after = texts.after_kind[content.kind]
    return [text.format(after=after) for name in names for text in getattr(texts.why, name, ())]
