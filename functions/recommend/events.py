"""What `recommend` does when something happens: it learns about the person, and updates their feed."""

from uuid import UUID, uuid5

from functions.recommend import interactions, learning_queries, live, uplift_updates
from functions.recommend.feed import knowledge
from functions.recommend.models import InteractionDraft
from shared.clock import utc_now
from shared.db import Connection, person_role, set_role
from shared.events import Event
from shared.events.types import Interaction, PlanActivity
from shared.ranking import day_number
from shared.ranking.collaborative import score_similar
from shared.ranking.taste import Taste, decayed

MOST_ALIKE = 60
PASSING = frozenset({"view", "start"})  # what somebody is looking at must not change under their eyes


async def learn_from_check_in(conn: Connection, event: Event) -> None:
    await uplift_updates.learn(conn, event.person, knowledge, anew=False)
    await live.update(conn, event.person)


async def learn_anew(conn: Connection, event: Event) -> None:
    """What was learned from an entry cannot be taken back singly."""
    await uplift_updates.learn(conn, event.person, knowledge, anew=True)
    await live.update(conn, event.person)


async def learn_from_interaction(conn: Connection, event: Event) -> None:
    """The next mood tells what it did. Where that has been told already, for it came late, all is learned anew."""
    interaction = Interaction.of(event)
    if interaction.kind == "complete":
        learned_to = await uplift_updates.learned_to(conn, event.person)
        if learned_to and interaction.occurred_at <= learned_to:
            await uplift_updates.learn(conn, event.person, knowledge, anew=True)
    await _find_alike(conn, event.person)
    if interaction.kind not in PASSING:
        await live.update(conn, event.person)


async def record_activity(conn: Connection, event: Event) -> None:
    """What was done or skipped within a plan is an interaction like any other; its own event updates the feed."""
    set_role(conn, person_role(event.person))
    activity = PlanActivity.of(event)
    draft = InteractionDraft(
        id=uuid5(activity.activity_id, activity.status),
        content_id=activity.content_id,
        kind="complete" if activity.status == "done" else "skip",
        occurred_at=event.occurred_at,
    )
    await interactions.tell(conn, event.person, [draft], event.occurred_at)


async def update_feed(conn: Connection, event: Event) -> None:
    await live.update(conn, event.person)


async def _find_alike(conn: Connection, person: UUID) -> None:
    taste = await learning_queries.taste(conn, person)
    if taste is None:
        return
    today = day_number(utc_now())
    likings = {key: decayed(liking, today) for key, liking in Taste.from_json(taste).contents.items()}
    liked = {key: value for key, value in likings.items() if value > 0}
    found = score_similar(liked, await learning_queries.neighbours(conn, list(liked)))
    best = sorted(found.items(), key=lambda item: -item[1].score)[:MOST_ALIKE]
    learning_queries.keep_alike(conn, person, dict(best))
