"""Event handlers of `recommend`: they update what is learned about the person, and their feed."""

from datetime import datetime
from uuid import UUID, uuid5

from functions.recommend import interactions, live, person_learning_queries, taste_updates, uplift_updates
from functions.recommend.feed import knowledge
from functions.recommend.models import InteractionDraft
from shared import consents
from shared.clock import utc_now
from shared.db import Connection, person_role, set_role
from shared.events import Events
from shared.events.types import ChangedConsent, ContentInteraction, FinishedActivity
from shared.live.refresh import request_document
from shared.ranking import day_number
from shared.ranking.collaborative import score_similar
from shared.ranking.taste import Taste, decayed

MAX_SIMILAR_CONTENTS = 60
KINDS_WITHOUT_FEED_UPDATE = frozenset({"view", "start"})  # the list must not change while the person looks at it


async def learn_from_check_in(conn: Connection, events: Events) -> None:
    if await _may_learn(conn, events):
        await uplift_updates.update_uplift(conn, events.person, knowledge)
    request_document(conn, events.person, live.DOCUMENT_NAME)


async def relearn(conn: Connection, events: Events) -> None:
    """Learns all entries again, because the part of a single entry cannot be subtracted from the sums."""
    if await _may_learn(conn, events):
        await uplift_updates.update_uplift(conn, events.person, knowledge, from_start=True)
    request_document(conn, events.person, live.DOCUMENT_NAME)


async def learn_from_interaction(conn: Connection, events: Events) -> None:
    """A completion is learned with the next entry. If that entry is in the sums already, all entries are relearned."""
    news = [ContentInteraction.from_event(event) for event in events]
    if await _may_learn(conn, events):
        if completed := [each.occurred_at for each in news if each.kind == "complete"]:
            learned_until = await uplift_updates.learned_until(conn, events.person)
            if learned_until and min(completed) <= learned_until:
                await uplift_updates.update_uplift(conn, events.person, knowledge, from_start=True)
        await _update_similar_taste(conn, events.person)
    if not KINDS_WITHOUT_FEED_UPDATE.issuperset(each.kind for each in news):
        request_document(conn, events.person, live.DOCUMENT_NAME)


async def follow_consent(conn: Connection, events: Events) -> None:
    """Learn everything if the person agrees to personalisation, and delete what was learned if they do not.

    What insights say is part of the feed, too.
    """
    purposes = {ChangedConsent.from_event(event).purpose for event in events}
    if "insights" in purposes:
        request_document(conn, events.person, live.DOCUMENT_NAME)
    if "personalisation" not in purposes:
        return
    if await _may_learn(conn, events):
        await uplift_updates.update_uplift(conn, events.person, knowledge, from_start=True)
        await taste_updates.learn_history(conn, events.person)
        await _update_similar_taste(conn, events.person)
    else:
        person_learning_queries.delete_learning(conn, events.person)
    request_document(conn, events.person, live.DOCUMENT_NAME)


async def record_activity(conn: Connection, events: Events) -> None:
    """Records activities of a plan as interactions. The events of those interactions update the feed."""
    set_role(conn, person_role(events.person))
    drafts = [_draft(FinishedActivity.from_event(event), event.occurred_at) for event in events]
    await interactions.record_drafts(conn, events.person, drafts, events.occurred_at)


def _draft(activity: FinishedActivity, finished_at: datetime) -> InteractionDraft:
    return InteractionDraft(
        id=uuid5(activity.activity_id, activity.status),
        content_id=activity.content_id,
        kind="complete" if activity.status == "done" else "skip",
        occurred_at=finished_at,
    )


async def update_feed(conn: Connection, events: Events) -> None:
    request_document(conn, events.person, live.DOCUMENT_NAME)


async def _may_learn(conn: Connection, events: Events) -> bool:
    return await consents.is_granted(conn, events.person, "personalisation")


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
