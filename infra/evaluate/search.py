"""`mend evaluate --search FILE`: measures the search on labelled queries (docs/content.md describes the file)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from math import log2
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import psycopg
from pydantic import ValidationError

from infra.bar import Bar
from infra.errors import UserError
from infra.file_model import FileModel

DEPTH = 10
BEST, GOOD = 3, 1  # gains of an item
WORST_LISTED = 15

CATALOGUE = "SELECT key, kind, fits, tags FROM public.content WHERE deleted_at IS NULL AND provider IS NULL"
FOUND = """
    SELECT c.key FROM mend.search_content(%s) AS hit JOIN public.content AS c ON c.id = hit.id
    ORDER BY hit.rank DESC, hit.id DESC LIMIT %s
"""


class LabelledQuery(FileModel):
    """What belongs on top of a search, and what is good too: keys, patterns of keys, `mood:` or `tag:` and a name."""

    query: str
    language: str
    best: list[str]
    good: list[str]


class Item(NamedTuple):
    key: str
    kind: str
    fits: list[str]
    tags: list[str]

    def matches(self, label: str) -> bool:
        prefix, _, name = label.partition(":")
        if prefix == "mood":
            return name in self.fits
        return name in self.tags if prefix == "tag" else fnmatchcase(self.key, label)


class QueryOutcome(NamedTuple):
    query: LabelledQuery
    ndcg: float
    found: Sequence[str]


def measure(dsn: str, path: Path) -> list[Bar]:
    """Print the worst queries of the file, and return the figures of all."""
    queries = [*_queries(path)]
    with psycopg.connect(dsn) as conn:
        catalogue = [Item(*row) for row in conn.execute(CATALOGUE)]
        outcomes = [_outcome(conn, query, catalogue) for query in queries]
    for outcome in sorted(outcomes, key=lambda o: o.ndcg)[:WORST_LISTED]:
        print(f"{outcome.ndcg:.2f}  {outcome.query.query}: {', '.join(outcome.found[:3]) or 'nothing'}")
    return [*_bars(path.stem, outcomes)]


def _queries(path: Path) -> Iterator[LabelledQuery]:
    """Raises `UserError` for a line that is none, and for a file without lines."""
    for number, line in enumerate(path.read_text("utf-8").splitlines() or [""], start=1):
        try:
            yield LabelledQuery.model_validate_json(line)
        except ValidationError:
            problem = f"{path}, line {number}: no labelled query."
            raise UserError(problem, "docs/content.md shows what a line has.") from None


def ndcg(found: Sequence[str], gains: Mapping[str, int]) -> float:
    ideal = _discounted(sorted(gains.values(), reverse=True)[:DEPTH])
    return _discounted(gains.get(key, 0) for key in found[:DEPTH]) / ideal if ideal else 0.0


def _discounted(gains: Iterable[int]) -> float:
    return sum(gain / log2(place + 2) for place, gain in enumerate(gains))


def _outcome(conn: psycopg.Connection[Any], query: LabelledQuery, catalogue: Iterable[Item]) -> QueryOutcome:
    found = [key for (key,) in conn.execute(FOUND, (query.query, DEPTH))]
    return QueryOutcome(query, ndcg(found, {item.key: _gain(item, query) for item in catalogue}), found)


def _gain(item: Item, query: LabelledQuery) -> int:
    if any(map(item.matches, query.best)):
        return BEST
    return GOOD if any(map(item.matches, query.good)) else 0


def _bars(name: str, outcomes: Sequence[QueryOutcome]) -> Iterator[Bar]:
    for language in sorted({outcome.query.language for outcome in outcomes}):
        part = [outcome.ndcg for outcome in outcomes if outcome.query.language == language]
        yield Bar(f"{name}: nDCG@{DEPTH} of {len(part)} queries in {language}", fmean(part), None, None, "")
    empty = sum(not outcome.found for outcome in outcomes)
    yield Bar(
        f"{name}: nDCG@{DEPTH}", fmean(outcome.ndcg for outcome in outcomes), 0.75, None, f"{len(outcomes)} queries"
    )
    yield Bar(f"{name}: queries that find nothing, %", 100 * empty / len(outcomes), None, 2, f"{empty}")
