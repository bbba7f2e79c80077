"""What a person did with content: recorded once each, in whatever order and however often it is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from functions.recommend import queries, taste_updates
from functions.recommend.errors import InteractionDiffers
from functions.recommend.models import (
    Interaction,
    InteractionBatch,
    InteractionDraft,
    InteractionResult,
    InteractionsDone,
)
from functions.recommend.taste_updates import Reaction
from shared.db import Connection
from shared.errors import Fault, Invalid
from shared.events import Event, emit
from shared.events.types import content_interacted
from shared.http import Call
from shared.http.queues import EntryFault, entry_faults, read_queue
from shared.ids import new_id

UNKNOWN_CONTENT = Fault(("content_id",), "There is no such content.")
NOT_ON_THE_LIST = Fault(("recommendation_id",), "No such list was shown to you, or this content was not on it.")
DIFFERS = Fault(("id",), InteractionDiffers.__doc__ or "")


class Judged(NamedTuple):
    """What became of a draft: the interaction as it is recorded, or what is wrong with it."""

    interaction: Interaction | None
    new: bool = False
    fault: Fault | None = None


async def record(call: Call[InteractionDraft]) -> tuple[Interaction, bool]:
    """The interaction, and whether it is new."""
    [judged] = await _record(call, [call.body])
    if judged.fault is DIFFERS:
        raise InteractionDiffers
    if judged.interaction is None:
        raise Invalid(faults=[Fault(("body", *fault.loc), fault.msg) for fault in [judged.fault] if fault])
    return judged.interaction, judged.new


async def sync(call: Call[InteractionBatch]) -> InteractionsDone:
    drafts, invalid = read_queue(call.body.entries, lambda _: InteractionDraft)
    results = {position: _invalid(position, faults) for position, faults in invalid.items()}
    for position, judged in zip(drafts, await _record(call, list(drafts.values())), strict=True):
        results[position] = _result(position, judged)
    return InteractionsDone(results=[results[position] for position in sorted(results)])


async def _record(call: Call[Any], drafts: Sequence[InteractionDraft]) -> list[Judged]:
    return await tell(call.conn, call.person.id, drafts, call.now)


async def tell(conn: Connection, person: UUID, drafts: Sequence[InteractionDraft], now: datetime) -> list[Judged]:
    """Sent and read back in one message: also what another request with the same ids has just recorded."""
    ids = [draft.id or new_id() for draft in drafts]
    rows = [
        {**draft.model_dump(), "position": position, "id": id_, "occurred_at": draft.occurred_at or now}
        for position, (id_, draft) in enumerate(zip(ids, drafts, strict=True))
    ]
    added = queries.queue_interactions(conn, rows)
    taste = taste_updates.queue(conn, person, [draft.content_id for draft in drafts])
    recorded = await queries.interactions(conn, ids)
    new: set[UUID] = {id_ for (id_,) in added.rows}
    await taste_updates.keep(conn, taste, [_reaction(recorded[id_]) for id_ in new])
    emit(conn, [_event(person, recorded[id_], now) for id_ in sorted(new)])
    missing = {draft.content_id for id_, draft in zip(ids, drafts, strict=True) if id_ not in recorded}
    known = await queries.known(conn, missing) if missing else set()
    return [_judged(id_, draft, recorded, new, known) for id_, draft in zip(ids, drafts, strict=True)]


def _judged(
    id_: UUID, draft: InteractionDraft, recorded: Mapping[UUID, Interaction], new: set[UUID], known: set[UUID]
) -> Judged:
    found = recorded.get(id_)
    if found is None:
        return Judged(None, fault=NOT_ON_THE_LIST if draft.content_id in known else UNKNOWN_CONTENT)
    sent = draft.model_dump(exclude={"id"}, exclude_none=True)
    stored = found.model_dump(exclude={"interaction_id"} if draft.occurred_at else {"interaction_id", "occurred_at"})
    if sent != {name: value for name, value in stored.items() if value is not None}:
        return Judged(None, fault=DIFFERS)
    is_new = id_ in new
    new.discard(id_)
    return Judged(found, new=is_new)


def _result(position: int, judged: Judged) -> InteractionResult:
    if judged.interaction is None:
        return _invalid(position, entry_faults(position, [fault for fault in [judged.fault] if fault]))
    status = "created" if judged.new else "unchanged"
    return InteractionResult(index=position, status=status, interaction_id=judged.interaction.interaction_id)


def _invalid(position: int, faults: list[EntryFault]) -> InteractionResult:
    return InteractionResult(index=position, status="invalid", errors=faults)


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
