"""Candidates, people and days to rank for."""

from uuid import UUID

from shared.ranking.candidates import Candidate, CandidateSet
from shared.ranking.lessons import Completion, Lesson, MoodPoint
from shared.ranking.population import Population
from shared.ranking.uplift import PersonSums, with_lesson

KINDS = ("breathing", "movement", "music", "nature", "rest", "verse", "writing")
EVERYONE = Population()


def content(number: int, kind: str, *, effort: int = 1, minutes: int = 10, effect: float | None = None) -> Candidate:
    return Candidate(
        UUID(int=number),
        1,
        kind,
        "Something to do",
        None,
        minutes,
        effort,
        0.5,
        0.0,
        None,
        None,
        None,
        effect,
        "A trial",
    )


def catalogue(per_kind: int = 3, mood: str = "sad") -> CandidateSet:
    each = [(kind, place) for kind in KINDS for place in range(per_kind)]
    return CandidateSet(mood, tuple(content(number + 1, kind) for number, (kind, _) in enumerate(each)), 0.0)


def entry(at: float, value: float) -> MoodPoint:
    return MoodPoint(at, value, int(at) % 24, int(at // 24) % 7, "unpleasant_calm" if value < 0 else "pleasant_calm")


def lesson(kind: str, before: float, after: float, content_id: str = "one") -> Lesson:
    return Lesson(entry(9, before), entry(11, after), (Completion(9.5, content_id, kind),))


def lifted_by(kind: str, after: float, times: int = 20, content_id: str = "one") -> PersonSums:
    person = PersonSums()
    for _ in range(times):
        person = with_lesson(person, lesson(kind, -1.0, after, content_id), EVERYONE)
    return person
