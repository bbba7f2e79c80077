"""Records interactions: what a person did with content. Order and repetitions make no difference."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from functions.recommend import queries, taste_updates
from functions.recommend.errors import InteractionDiffers
from functions.recommend.models import (
    Interaction,
    InteractionBatch,
    InteractionBatchResult,
    InteractionDraft,
    InteractionResult,
)
from functions.recommend.taste_updates import Reaction
from shared.db import Connection
from shared.errors import Fault, Invalid, Sentence
from shared.events import Event, emit
from shared.events.types import content_interacted
from shared.http import Call
from shared.http.offline_queue import read_queue, told_faults
from shared.ids import new_id

UNKNOWN_CONTENT = Fault(("content_id",), Sentence("There is no such content."))
NOT_ON_THE_LIST = Fault(
    ("recommendation_id",), Sentence("There is no such list of yours, or this content was not on it.")
)
DIFFERS = Fault(("id",), InteractionDiffers().message)


class DraftOutcome(NamedTuple):
    """The interaction as it is stored, or what is wrong with the draft."""

    interaction: Interaction | None
    new: bool = False
    fault: Fault | None = None


async def record_interaction(call: Call[InteractionDraft]) -> tuple[Interaction, bool]:
    """The interaction, and whether it is new."""
    [outcome] = await record_drafts(call.conn, call.person.id, [call.body], call.now)
    if outcome.fault is DIFFERS:
        raise InteractionDiffers
    if outcome.interaction is None:
        raise Invalid(faults=[Fault(("body", *fault.loc), fault.msg) for fault in [outcome.fault] if fault])
    return outcome.interaction, outcome.new


async def sync_batch(call: Call[InteractionBatch]) -> InteractionBatchResult:
    drafts, invalid = await read_queue(call.body.entries, lambda _: InteractionDraft)
    outcomes = await record_drafts(call.conn, call.person.id, list(drafts.values()), call.now)
    by_position = dict(zip(drafts, outcomes, strict=True))
    refused = {position: [outcome.fault] for position, outcome in by_position.items() if outcome.fault}
    told = await told_faults(call, invalid | refused)
    results = {position: InteractionResult(index=position, status="invalid", errors=e) for position, e in told.items()}
    results |= {
        position: _result(position, outcome.interaction, new=outcome.new)
        for position, outcome in by_position.items()
        if outcome.interaction
    }
    return InteractionBatchResult(results=[results[position] for position in sorted(results)])


async def record_drafts(
    conn: Connection, person: UUID, drafts: Sequence[InteractionDraft], now: datetime
) -> list[DraftOutcome]:
    """Insert the drafts and read them back, with what a concurrent request recorded for the same ids."""
    ids = [draft.id or new_id() for draft in drafts]
    rows = [
        {**draft.model_dump(), "position": position, "id": id_, "occurred_at": draft.occurred_at or now}
        for position, (id_, draft) in enumerate(zip(ids, drafts, strict=True))
    ]
    inserted = queries.insert_interactions(conn, rows)
    taste = taste_updates.queue_queries(conn, person, [draft.content_id for draft in drafts])
    stored = await queries.load_interactions(conn, ids)
    new: set[UUID] = {id_ for (id_,) in inserted.rows}
    await taste_updates.store_reactions(conn, taste, [_reaction(stored[id_]) for id_ in new])
    emit(conn, [_event(person, stored[id_], now) for id_ in sorted(new)])
    refused = {draft.content_id for id_, draft in zip(ids, drafts, strict=True) if id_ not in stored}
    existing = await queries.load_existing_ids(conn, refused) if refused else set()
    return [_outcome(id_, draft, stored, new, existing) for id_, draft in zip(ids, drafts, strict=True)]


def _outcome(
    id_: UUID, draft: InteractionDraft, stored: Mapping[UUID, Interaction], new: set[UUID], existing: set[UUID]
) -> DraftOutcome:
    """The outcome of one draft. Takes its id out of `new`, so that a repetition within the batch is not new."""
    interaction = stored.get(id_)
    if interaction is None:
        return DraftOutcome(None, fault=NOT_ON_THE_LIST if draft.content_id in existing else UNKNOWN_CONTENT)
    sent = draft.model_dump(exclude={"id"}, exclude_none=True)
    left_out = {"interaction_id"} if draft.occurred_at else {"interaction_id", "occurred_at"}
    if sent != interaction.model_dump(exclude=left_out, exclude_none=True):
        return DraftOutcome(None, fault=DIFFERS)
    is_new = id_ in new
    new.discard(id_)
    return DraftOutcome(interaction, new=is_new)


def _result(position: int, interaction: Interaction, *, new: bool) -> InteractionResult:
    status: Literal["created", "unchanged"] = "created" if new else "unchanged"
    return InteractionResult(index=position, status=status, interaction_id=interaction.interaction_id)


def _reaction(interaction: Interaction) -> Reaction:
    return Reaction(interaction.content_id, interaction.kind, interaction.occurred_at)


def _event(person: UUID, interaction: Interaction, now: datetime) -> Event:
    return content_interacted(
        person,
        now,
        interaction_id=interaction.interaction_id,
        content_id=interaction.content_id,
        kind=interaction.kind,
        occurred_at=interaction.occurred_at,
    )
