"""The items that may suit a mood: a bounded part of the catalogue, cached in memory because it is the same for all."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, LiteralString, NamedTuple
from uuid import UUID, uuid5

from shared.clock import utc_now
from shared.db import Connection, Result
from shared.services import services

FRESH_SECONDS = 60
HOUR_SECONDS = 3_600
ROTATION_NAMESPACE = UUID("7d0f4b52-6a0e-5c1b-9a57-1f3d0c2e8b94")  # of the hourly starting points
BEST_PER_KIND = 12
ROTATING_PER_KIND = 4  # in addition to the best

# The recursive part finds the kinds that a mood has, each by one index lookup. Of each kind come the items with the
# most evidence, and a few others from a starting point that moves every hour, so that over time every item of a large
# catalogue is a candidate.
CANDIDATES: LiteralString = """
    WITH RECURSIVE kinds AS (
        (SELECT m.kind FROM public.content_moods AS m WHERE m.mood = %(mood)s ORDER BY m.kind LIMIT 1)
        UNION ALL
        SELECT (SELECT m.kind FROM public.content_moods AS m
                WHERE m.mood = %(mood)s AND m.kind > k.kind ORDER BY m.kind LIMIT 1)
        FROM kinds AS k WHERE k.kind IS NOT NULL
    )
    SELECT c.id, c.version, c.kind, c.title, c.body, c.minutes, c.effort, c.leads_valence, c.leads_arousal,
           c.url, coalesce(c.image_url, %(pictures)s || c.kind || '/' || c.fits[1] || '.svg') AS image_url,
           c.attribution,
           (c.evidence ->> 'effect')::float AS effect, c.evidence ->> 'citation' AS citation, c.repeatable, c.tags,
           c.translations, c.evidence -> 'says' AS says, mend.may_learn_from(c.provider) AS learnable,
           c.key
    FROM kinds AS k
    CROSS JOIN LATERAL (
        (SELECT m.content_id FROM public.content_moods AS m
         WHERE m.mood = %(mood)s AND m.kind = k.kind
         ORDER BY m.weight DESC, m.content_id
         LIMIT %(best)s)
        UNION
        (SELECT m.content_id FROM public.content_moods AS m
         WHERE m.mood = %(mood)s AND m.kind = k.kind AND m.rotation_key > %(rotation_start)s
         ORDER BY m.rotation_key
         LIMIT %(rotating)s)
    ) AS chosen
    JOIN public.content AS c ON c.id = chosen.content_id
    WHERE c.deleted_at IS NULL
"""


class Candidate(NamedTuple):
    id: UUID
    version: int
    kind: str
    title: str
    body: str | None
    minutes: int
    effort: int
    leads_valence: float
    leads_arousal: float
    url: str | None
    image_url: str | None
    attribution: str | None
    effect: float | None
    citation: str | None
    repeatable: bool = False
    tags: Sequence[str] = ()
    translations: Mapping[str, Mapping[str, str]] | None = None  # by language
    says: Mapping[str, str] | None = None  # what the study found in plain words, by language
    learnable: bool = True  # otherwise it is ranked by its fit and its evidence alone (docs/content.md)
    key: str | None = None  # its name in the files of our own catalogue

    def text(self, field: Literal["title", "body", "attribution"], locale: str) -> str | None:
        """The title, body or attribution in the language of the locale, if there is a translation."""
        translation = (self.translations or {}).get(locale.partition("-")[0], {})
        return translation.get(field) or getattr(self, field)


@dataclass(frozen=True, eq=False)
class CandidateSet:
    """The items for a mood. It is compared by identity, so that it can be the key of a cache."""

    mood: str
    items: tuple[Candidate, ...]
    read_at: float


class CandidateCache:
    """The cached candidates of each mood. One instance per process."""

    def __init__(self) -> None:
        self._cached: dict[str, CandidateSet] = {}

    def queue_query(self, conn: Connection, mood: str) -> Result[Candidate] | None:
        """Queue the query for the candidates, unless the cached ones are fresh."""
        return None if self._fresh(mood) else conn.queue(CANDIDATES, _parameters(mood), Candidate)

    def read_answer(self, mood: str, queued: Result[Candidate] | None) -> CandidateSet:
        return self._store(mood, queued.rows) if queued else self._cached[mood]

    async def load(self, conn: Connection, mood: str) -> CandidateSet:
        """The candidates now, by a round trip of its own where the cached ones are not fresh."""
        fresh = self._fresh(mood)
        return fresh or self._store(mood, (await conn.run(CANDIDATES, _parameters(mood), Candidate)).rows)

    def _fresh(self, mood: str) -> CandidateSet | None:
        cached = self._cached.get(mood)
        return cached if cached and time.monotonic() - cached.read_at < FRESH_SECONDS else None

    def _store(self, mood: str, rows: Iterable[Candidate]) -> CandidateSet:
        self._cached[mood] = cached = CandidateSet(mood, tuple(rows), time.monotonic())
        return cached


def _parameters(mood: str) -> dict[str, object]:
    hour = int(utc_now().timestamp() // HOUR_SECONDS)  # the same in every process
    start = uuid5(ROTATION_NAMESPACE, str(hour))
    return {
        "mood": mood,
        "best": BEST_PER_KIND,
        "rotating": ROTATING_PER_KIND,
        "rotation_start": start,
        "pictures": picture_folder(),
    }


def picture_folder() -> str:
    """The address of our own pictures, for items that have none."""
    return f"{services().settings.public_url}/recommend/pictures/"
