"""The practice that the guide offers: the item of the catalogue that ranks best for a topic."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from functions.companion.guide.flows import Flow
from shared.db import Connection
from shared.people import LocalProfile
from shared.ranking import CandidateCache, KnowledgeReader, Situation, day_number, rank
from shared.ranking.conditions import unmet_conditions

MAX_MINUTES = 10
catalogue, knowledge = CandidateCache(), KnowledgeReader()


class Practice(NamedTuple):
    id: UUID
    title: str
    body: str
    minutes: int

    @property
    def fields(self) -> dict[str, str]:
        """What a wording may name."""
        return {"title": self.title, "body": self.body, "minutes": str(self.minutes)}


async def best_practice(  # noqa: PLR0913, PLR0917 - the person, the topic and the moment
    conn: Connection, profile: LocalProfile, flow: Flow, offered: Collection[str], seed: UUID, now: datetime
) -> Practice | None:
    """The best gentle item for the mood of a flow that was not offered yet, or None.

    What was learned of the person is used only with their consent to personalisation.
    """
    queued = knowledge.queue_queries(conn, profile.user_id)
    candidates = await catalogue.load(conn, flow.mood or "okay")
    await conn.flush()
    local = now.astimezone(profile.clock.zone)
    situation = Situation(
        day=day_number(now),
        hour=local.hour,
        minutes=MAX_MINUTES,
        kinds=flow.kinds or None,
        gentle=True,
        locale=profile.locale,
        unmet=unmet_conditions(local),
    )
    learned = knowledge.read_answers(queued, candidates, situation.day)
    for item in rank(candidates, uuid5(seed, "practice"), len(offered) + 1, situation, learned):
        content, body = item.content, item.content.text("body", profile.locale)
        if str(content.id) not in offered and body:
            title = content.text("title", profile.locale) or content.title
            return Practice(content.id, title, body, content.minutes)
    return None
