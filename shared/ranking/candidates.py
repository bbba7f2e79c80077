"""What may suit a mood: a bounded part of the catalogue, kept in memory for a minute, since it is nobody's own."""

import time
from dataclasses import dataclass
from typing import LiteralString, NamedTuple
from uuid import UUID

from shared.db import Connection, Posted

FRESH_SECONDS = 60
PER_KIND = 16

CANDIDATES: LiteralString = """
    SELECT c.id, c.version, c.kind, c.title, c.body, c.minutes, c.effort, c.leads_valence, c.leads_arousal,
           c.url, c.image_url, c.attribution,
           (c.evidence ->> 'effect')::float, c.evidence ->> 'citation', c.repeatable
    FROM (SELECT DISTINCT kind FROM public.content) AS k
    CROSS JOIN LATERAL (
        SELECT m.content_id FROM public.content_moods AS m
        WHERE m.mood = %(mood)s AND m.kind = k.kind
        ORDER BY m.weight DESC, m.content_id
        LIMIT %(per_kind)s
    ) AS best
    JOIN public.content AS c ON c.id = best.content_id
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

    def ask(self, conn: Connection, mood: str) -> Posted | None:
        """Have the candidates come with the next answer, unless they are at hand."""
        kept = self._kept.get(mood)
        if kept and time.monotonic() - kept.read_at < FRESH_SECONDS:
            return None
        return conn.post(CANDIDATES, {"mood": mood, "per_kind": PER_KIND})

    def take(self, mood: str, asked: Posted | None) -> Candidates:
        if asked:
            self._kept[mood] = Candidates(mood, tuple(map(Content._make, asked.rows)), time.monotonic())
        return self._kept[mood]
