"""The practice that a reply offers: the item of the catalogue that ranks best for a mood."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from shared.db import Connection
from shared.people import LocalProfile
from shared.ranking import CandidateCache, KnowledgeReader, Situation, day_number, rank
from shared.ranking.conditions import unmet_conditions
from shared.ranking.person_knowledge import StoredKnowledge

MAX_MINUTES = 10
catalogue, knowledge = CandidateCache(), KnowledgeReader()


class PracticeWish(NamedTuple):
    """What a practice is for. With `is_personal`, what was learned of the person counts."""

    mood: str
    seed: UUID
    kinds: frozenset[str] = frozenset()  # none means any
    offered: Collection[str] = ()  # ids of items that were offered before
    is_personal: bool = True
    minutes: int = MAX_MINUTES  # that it may take


class Practice(NamedTuple):
    id: UUID
    title: str
    body: str
    minutes: int

    @property
    def fields(self) -> dict[str, str]:
        """What a wording may name."""
        return {"title": self.title, "body": self.body, "minutes": str(self.minutes)}


async def best_practice(conn: Connection, profile: LocalProfile, wish: PracticeWish, now: datetime) -> Practice | None:
    """The best gentle item that was not offered yet, or None.

    What was learned of the person is used only with their consent to personalisation.
    """
    queued = knowledge.queue_queries(conn, profile.user_id, now) if wish.is_personal else None
    candidates = await catalogue.load(conn, wish.mood)
    await conn.flush()
    local = now.astimezone(profile.clock.zone)
    situation = Situation(
        day=day_number(now),
        hour=local.hour,
        minutes=wish.minutes,
        kinds=wish.kinds or None,
        gentle=True,
        locale=profile.locale,
        unmet=unmet_conditions(local),
    )
    if queued:
        learned = knowledge.read_answers(queued, candidates)
    else:
        learned = knowledge.knowledge_from(StoredKnowledge(), candidates)
    for item in rank(candidates, uuid5(wish.seed, "practice"), len(wish.offered) + 1, situation, learned):
        content, body = item.content, item.content.text("body", profile.locale)
        if str(content.id) not in wish.offered and body:
            title = content.text("title", profile.locale) or content.title
            return Practice(content.id, title, body, content.minutes)
    return None
