"""What may suit a mood: a bounded part of the catalogue, kept in memory for a minute, since it is nobody's own."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import LiteralString, NamedTuple
from uuid import UUID, uuid5

from shared.db import Connection, Posted

FRESH_SECONDS = 60
HOUR_SECONDS = 3_600
TURNS = UUID("7d0f4b52-6a0e-5c1b-9a57-1f3d0c2e8b94")  # the namespace of the places from which others have their turn
BEST = 12
IN_TURN = 4  # of each kind, beside the best: where a catalogue is large, all of it has its turn

# The kinds there are for a mood are found from one to the next, each by one look into the index.
CANDIDATES: LiteralString = """
    WITH RECURSIVE kinds AS (
        (SELECT m.kind FROM public.content_moods AS m WHERE m.mood = %(mood)s ORDER BY m.kind LIMIT 1)
        UNION ALL
        SELECT (SELECT m.kind FROM public.content_moods AS m
                WHERE m.mood = %(mood)s AND m.kind > k.kind ORDER BY m.kind LIMIT 1)
        FROM kinds AS k WHERE k.kind IS NOT NULL
    )
    SELECT c.id, c.version, c.kind, c.title, c.body, c.minutes, c.effort, c.leads_valence, c.leads_arousal,
           c.url, c.image_url, c.attribution,
           (c.evidence ->> 'effect')::float AS effect, c.evidence ->> 'citation' AS citation, c.repeatable, c.tags
    FROM kinds AS k
    CROSS JOIN LATERAL (
        (SELECT m.content_id FROM public.content_moods AS m
         WHERE m.mood = %(mood)s AND m.kind = k.kind
         ORDER BY m.weight DESC, m.content_id
         LIMIT %(best)s)
        UNION
        (SELECT m.content_id FROM public.content_moods AS m
         WHERE m.mood = %(mood)s AND m.kind = k.kind AND m.turn > %(anywhere)s
         ORDER BY m.turn
         LIMIT %(in_turn)s)
    ) AS chosen
    JOIN public.content AS c ON c.id = chosen.content_id
    WHERE c.deleted_at IS NULL
"""


class Content(NamedTuple):
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


@dataclass(frozen=True, eq=False)
class Candidates:
    """What may suit a mood. The same object for as long as it is kept, so that what follows from it can be, too."""

    mood: str
    items: tuple[Content, ...]
    read_at: float


class Catalogue:
    """One for a process."""

    def __init__(self) -> None:
        self._kept: dict[str, Candidates] = {}

    def post(self, conn: Connection, mood: str) -> Posted[Content] | None:
        """Have the candidates come with the next answer, unless they are at hand."""
        return None if self._fresh(mood) else conn.post(CANDIDATES, _wanted(mood), Content)

    def take(self, mood: str, posted: Posted[Content] | None) -> Candidates:
        return self._keep(mood, posted.rows) if posted else self._kept[mood]

    async def candidates(self, conn: Connection, mood: str) -> Candidates:
        """For whoever learns of the mood only when it is too late to ask along."""
        fresh = self._fresh(mood)
        return fresh or self._keep(mood, (await conn.ask(CANDIDATES, _wanted(mood), Content)).rows)

    def _fresh(self, mood: str) -> Candidates | None:
        kept = self._kept.get(mood)
        return kept if kept and time.monotonic() - kept.read_at < FRESH_SECONDS else None

    def _keep(self, mood: str, rows: Iterable[Content]) -> Candidates:
        self._kept[mood] = kept = Candidates(mood, tuple(rows), time.monotonic())
        return kept


def _wanted(mood: str) -> dict[str, object]:
    hour = int(time.time() // HOUR_SECONDS)  # the same everywhere
    return {"mood": mood, "best": BEST, "in_turn": IN_TURN, "anywhere": uuid5(TURNS, str(hour))}
