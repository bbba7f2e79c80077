"""What follows from an event: the person is known a little better, and the feed the app listens to is made anew."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from pydantic_core import to_jsonable_python

from functions.recommend import interactions, learning_queries, uplift_updates
from functions.recommend.errors import NoMoodYet
from functions.recommend.feed import knowledge, make
from functions.recommend.models import FeedQuery, InteractionDraft, PlanActivity
from shared.clock import utc_now
from shared.db import Connection, become, of_person
from shared.events import Event
from shared.ranking import day_number
from shared.ranking.collaborative import alike
from shared.ranking.taste import Taste, faded
from shared.services import services

NAME = "feed"
LASTS = timedelta(days=2)
MOST_ALIKE = 60
PASSING = frozenset({"view", "start"})  # what somebody is looking at must not change under their eyes


async def react(conn: Connection, event: Event) -> None:
    person = event.user_id
    if person is None:
        return
    match event.type:
        case "mood.recorded":
            await uplift_updates.learn(conn, person, knowledge, anew=False)
        case "content.interacted":
            await _learn_from_deed(conn, person, event)
        case "mood.changed" | "mood.deleted":
            await uplift_updates.learn(conn, person, knowledge, anew=True)
        case "plan.activity_finished":
            await _tell_of_activity(conn, person, event)
            return  # what follows from it follows from the event of that
    if event.data.get("kind") not in PASSING:
        await _show_feed(conn, person)


async def _tell_of_activity(conn: Connection, person: UUID, event: Event) -> None:
    """What was done or left within a plan counts as what was done or left from a list."""
    become(conn, of_person(person))
    done = PlanActivity.model_validate(event.data)
    draft = InteractionDraft(
        id=uuid5(done.activity_id, done.status),
        content_id=done.content_id,
        kind="complete" if done.status == "done" else "skip",
        occurred_at=event.occurred_at,
    )
    await interactions.tell(conn, person, [draft], event.occurred_at)


async def _learn_from_deed(conn: Connection, person: UUID, event: Event) -> None:
    """The next mood tells what it did. Where that has been told already, for it came late, all is learned anew."""
    if event.data.get("kind") == "complete":
        to = await uplift_updates.learned_to(conn, person)
        if to and datetime.fromisoformat(str(event.data["occurred_at"])) <= to:
            await uplift_updates.learn(conn, person, knowledge, anew=True)
    await _find_alike(conn, person)


async def _find_alike(conn: Connection, person: UUID) -> None:
    taste = await learning_queries.taste(conn, person)
    if taste is None:
        return
    today = day_number(utc_now())
    likings = {key: faded(liking, today) for key, liking in Taste.from_json(taste).contents.items()}
    liked = {key: value for key, value in likings.items() if value > 0}
    found = alike(liked, await learning_queries.neighbours(conn, list(liked)))
    best = sorted(found.items(), key=lambda item: -item[1].score)[:MOST_ALIKE]
    learning_queries.keep_alike(conn, person, dict(best))


async def _show_feed(conn: Connection, person: UUID) -> None:
    now = utc_now()
    try:
        feed, expires_at = (await make(conn, person, FeedQuery(), now)).__dict__, now + LASTS
    except NoMoodYet:
        if await services().live.get(conn, person, NAME) is None:
            return  # there may be no such person any more
        feed, expires_at = {"items": []}, now
    document = to_jsonable_python({**feed, "made_at": now})
    await services().live.put(conn, person, NAME, document, expires_at)
