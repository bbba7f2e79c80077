"""Event handlers of `recommend`: they update what is learned about the person, and their feed."""

from uuid import UUID, uuid5

from functions.recommend import interactions, live, person_learning_queries, taste_updates, uplift_updates
from functions.recommend.feed import knowledge
from functions.recommend.models import InteractionDraft
from shared import consents
from shared.clock import utc_now
from shared.db import Connection, person_role, set_role
from shared.events import Event
from shared.events.types import ChangedConsent, ContentInteraction, FinishedActivity
from shared.live.refresh import request_document
from shared.ranking import day_number
from shared.ranking.collaborative import score_similar
from shared.ranking.taste import Taste, decayed

MAX_SIMILAR_CONTENTS = 60
KINDS_WITHOUT_FEED_UPDATE = frozenset({"view", "start"})  # the list must not change while the person looks at it


async def learn_from_check_in(conn: Connection, event: Event) -> None:
    if await _may_learn(conn, event):
        await uplift_updates.update_uplift(conn, event.person, knowledge)
    request_document(conn, event.person, live.DOCUMENT_NAME)


async def relearn(conn: Connection, event: Event) -> None:
    """Learns all entries again, because the part of a single entry cannot be subtracted from the sums."""
    if await _may_learn(conn, event):
        await uplift_updates.update_uplift(conn, event.person, knowledge, from_start=True)
    request_document(conn, event.person, live.DOCUMENT_NAME)


async def learn_from_interaction(conn: Connection, event: Event) -> None:
    """A completion is learned with the next entry. If that entry is in the sums already, all entries are relearned."""
    interaction = ContentInteraction.from_event(event)
    if await _may_learn(conn, event):
        if interaction.kind == "complete":
            learned_until = await uplift_updates.learned_until(conn, event.person)
            if learned_until and interaction.occurred_at <= learned_until:
                await uplift_updates.update_uplift(conn, event.person, knowledge, from_start=True)
        await _update_similar_taste(conn, event.person)
    if interaction.kind not in KINDS_WITHOUT_FEED_UPDATE:
        request_document(conn, event.person, live.DOCUMENT_NAME)


async def follow_consent(conn: Connection, event: Event) -> None:
    """Learn everything if the person agrees to personalisation, and delete what was learned if they do not.

    What insights say is part of the feed, too.
    """
    purpose = ChangedConsent.from_event(event).purpose
    if purpose == "insights":
        request_document(conn, event.person, live.DOCUMENT_NAME)
    if purpose != "personalisation":
        return
    if await _may_learn(conn, event):
        await uplift_updates.update_uplift(conn, event.person, knowledge, from_start=True)
        await taste_updates.learn_history(conn, event.person)
        await _update_similar_taste(conn, event.person)
    else:
        person_learning_queries.delete_learning(conn, event.person)
    request_document(conn, event.person, live.DOCUMENT_NAME)


async def record_activity(conn: Connection, event: Event) -> None:
    """Records an activity of a plan as an interaction. The event of that interaction updates the feed."""
    set_role(conn, person_role(event.person))
    activity = FinishedActivity.from_event(event)
    draft = InteractionDraft(
        id=uuid5(activity.activity_id, activity.status),
        content_id=activity.content_id,
        kind="complete" if activity.status == "done" else "skip",
        occurred_at=event.occurred_at,
    )
    await interactions.record_drafts(conn, event.person, [draft], event.occurred_at)


async def update_feed(conn: Connection, event: Event) -> None:
    request_document(conn, event.person, live.DOCUMENT_NAME)


async def _may_learn(conn: Connection, event: Event) -> bool:
    return await consents.is_granted(conn, event.person, "personalisation")


async def _update_similar_taste(conn: Connection, person: UUID) -> None:
    taste = await person_learning_queries.load_taste(conn, person)
    if taste is None:
        return
    today = day_number(utc_now())
    likings = {key: decayed(liking, today) for key, liking in Taste.from_json(taste).contents.items()}
    liked = {key: value for key, value in likings.items() if value > 0}
    scores = score_similar(liked, await person_learning_queries.load_neighbours(conn, list(liked)))
    best = sorted(scores.items(), key=lambda item: -item[1].score)[:MAX_SIMILAR_CONTENTS]
    person_learning_queries.store_similar_taste(conn, person, dict(best))
