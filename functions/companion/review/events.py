"""The event handler of `safety_review`. A note leaves for a provider only here, and only with consent."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from functions.companion.disclosure import queries as disclosure_queries
from functions.companion.review import queries
from functions.companion.review.model_answer import (
    PROMPT,
    ReviewAnswer,
    ReviewedNote,
    model_request,
    review,
)
from functions.companion.review.queries import OpenEntry
from functions.companion.settings import CompanionSettings
from functions.companion.usage import tasks
from shared import consents, locks, logs
from shared.ai.models import limits_of
from shared.ai.port import ModelRequest
from shared.clock import utc_now
from shared.db import SERVICE_ROLE, Connection, person_role, set_role
from shared.events import Event
from shared.events.types import EntryReferences
from shared.live.refresh import request_document
from shared.safety import find_codes_in
from shared.safety.care import show_support
from shared.services import services

TRIED_FOR = timedelta(hours=1)
AT_ONCE = timedelta(minutes=1)  # after the words; a later finding waits for the next answer
READ_SECONDS = 45
FEED = "feed"  # the live document of `recommend`, which shows the question


class PreparedReview(NamedTuple):
    entry: OpenEntry
    request: ModelRequest


async def review_entries(event: Event) -> None:
    """Have a model read the latest of the entries, if the gate finds nothing in it. What it finds is asked, once.

    Raises `Unavailable` or `TimeoutError` if the model fails, so that the event comes again, for an hour.
    """
    settings = services().settings.of(CompanionSettings)
    if settings.ai_review_model is None:
        return
    prepared = await _prepare(event, settings, settings.ai_review_model)
    if prepared is None:
        return
    if utc_now() - event.occurred_at > TRIED_FOR:
        _drop("late")
        return
    from functions.companion.provider import engine

    async with asyncio.timeout(READ_SECONDS):
        reviewed = await review(engine(settings, (settings.ai_review_model,)), prepared.request)
    async with services().database.transaction(person_role(event.person)) as conn:
        is_granted = await consents.is_granted(conn, event.person, "safety_review")  # it may be withdrawn by now
        tasks.count(conn, PROMPT, settings.ai_review_model, reviewed.usage, utc_now())
        if reviewed.answer is None:
            _drop("unreadable")
        elif reviewed.answer.grade != "none" and is_granted:
            await _ask(conn, event, prepared.entry, reviewed.answer)


async def _prepare(event: Event, settings: CompanionSettings, model: str) -> PreparedReview | None:
    """What a model is asked, or None if there is nothing to ask, or it may not be asked."""
    now, ids = utc_now(), EntryReferences.from_event(event).entry_ids
    async with services().database.transaction(person_role(event.person)) as conn:
        if not await consents.is_granted(conn, event.person, "safety_review"):
            return None
        entry = await queries.load_open_entry(conn, ids, event.occurred_at, now)
        if entry is None or not await _may_use(conn, model):
            return None
        if reached := await tasks.reached_limit(conn, settings, PROMPT, now):
            _drop(reached)
            return None
        week = await queries.load_week(conn, entry)
    if await asyncio.to_thread(find_codes_in, [entry.note, *entry.factors]):
        return None  # it was answered
    notes = [ReviewedNote(earlier.mood, earlier.note, earlier.occurred_at) for earlier in reversed(week)]
    notes.append(ReviewedNote(entry.mood, entry.note, entry.occurred_at))
    return PreparedReview(
        entry, model_request(notes, sha256(event.person.bytes).hexdigest(), limits_of(model).input_tokens)
    )


async def _may_use(conn: Connection, model: str) -> bool:
    """Whether an operator has switched off neither the model nor its prompt, and the person is old enough."""
    off = await disclosure_queries.load_switched_off(conn, [f"model:{model}", f"prompt:{PROMPT}"])
    return not off and not (await disclosure_queries.load_age(conn)).is_too_young


async def _ask(conn: Connection, event: Event, entry: OpenEntry, answer: ReviewAnswer) -> None:
    """Store the question, unless the entry has one, or is gone. If the words are of this minute, show it at once."""
    now, code = utc_now(), f"reviewed_{answer.grade}"
    locks.lock(conn, "safety_review", event.person)
    if not await queries.may_ask(conn, entry.id):
        return
    shown = await show_support(conn, event.person, [code], [], now)
    if shown is None:  # an operator has switched the code off
        return
    queries.insert_question(conn, entry, code, shown.variant, now)
    if now - entry.written_at <= AT_ONCE:
        set_role(conn, SERVICE_ROLE)
        request_document(conn, event.person, FEED)


def _drop(reason: str) -> None:
    """Count a note that no model has read, or in another form than it was asked for."""
    logs.warn("safety_review_dropped", reason=reason)
