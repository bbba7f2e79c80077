"""Options for tests: those of the shipped catalogue, and made-up contents."""

from collections.abc import Mapping, Sequence
from functools import cache
from uuid import UUID

from functions.plan.rules.choice import Option
from infra.seed import CONTENT, read
from shared.moods import MOODS
from shared.ranking.candidates import BEST_PER_KIND, Candidate, CandidateSet
from shared.ranking.eligibility import Situation, pool_for
from shared.ranking.population import Population


def made_up(  # noqa: PLR0913 - the fields that rules read
    number: int,
    kind: str = "music",
    *,
    effort: int = 1,
    minutes: int = 10,
    repeatable: bool = False,
    citation: str = "",
    tags: Sequence[str] = (),
) -> Candidate:
    return Candidate(
        UUID(int=number), 1, kind, "Something to do", None, minutes, effort, 0.5, 0.0, None, None, None,
        0.2 if citation else None, citation or None, repeatable, tags,
    )  # fmt: skip


@cache
def shipped() -> Mapping[str, Sequence[Option]]:
    """By mood, the best contents of each kind, as in `content_moods`, with their scores for a new person."""
    return {mood: _options(mood) for mood in MOODS}


def _options(mood: str) -> Sequence[Option]:
    best = sorted((c for c, fits in _contents() if mood in fits), key=lambda c: (-(c.effect or 0), c.id))
    items = tuple(
        c for kind in sorted({c.kind for c in best}) for c in [c for c in best if c.kind == kind][:BEST_PER_KIND]
    )
    pool = pool_for(CandidateSet(mood, items, 0.0), Population(), Situation())
    return [Option(candidate.content, candidate.base) for candidate in pool.by_key.values()]


@cache
def _contents() -> Sequence[tuple[Candidate, Sequence[str]]]:
    return [(_content(row), row["fits"]) for row in read(CONTENT)]


def _content(row: Mapping[str, object]) -> Candidate:
    evidence = row["evidence"].obj if row["evidence"] else {}  # type: ignore[attr-defined]
    fields = {
        **row,
        "version": 1,
        "image_url": None,
        "effect": evidence.get("effect"),
        "citation": evidence.get("citation"),
    }
    return Candidate._make(fields.get(name) for name in Candidate._fields)
