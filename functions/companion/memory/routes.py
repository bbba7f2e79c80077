"""The routes of what the companion remembers. A change holds from the next reply on."""

from typing import Any

from starlette.responses import Response

from functions.companion.errors import MemoryDiffers, MemoryFull, MemoryOfDanger
from functions.companion.memory import queries
from functions.companion.memory.queries import MAX_MEMORIES
from functions.companion.models import CompanionMemory, CompanionMemoryPage, MemoryChange, MemoryDraft
from functions.companion.queries import load_message
from shared import consents, locks
from shared.errors import NotFound
from shared.http import Call, JsonBody, Operation, model_response
from shared.http.paging import NEWEST_FIRST, PageQuery
from shared.ids import new_id
from shared.safety.gate import OPENING_GRADES


async def list_memories(call: Call[None, PageQuery]) -> Response:
    """What the companion remembers, newest first."""
    items, cursor = await NEWEST_FIRST.page(
        call.query,
        f"{call.person.id} memory",
        lambda before, limit: queries.load_page(call.conn, before, limit),
        lambda item: (item.created_at, item.id),
    )
    return model_response(CompanionMemoryPage(items=items, next_cursor=cursor))


async def add_memory(call: Call[MemoryDraft]) -> Response:
    """Tell the companion what to remember, or accept what it proposes. It needs your consent to `ai`.

    A repeat with the same `id` and text answers 200, also while there is room for no other.
    """
    consents.require(call.conn, "ai")
    _refuse_danger(call)
    locks.lock(call.conn, "memories", call.person.id)  # so that two requests do not take the last place
    id_, source = call.body.id or new_id(), call.body.message_id
    if stored := await queries.load(call.conn, id_):
        if stored.text != call.body.text:
            raise MemoryDiffers
        return model_response(stored)
    if await queries.count(call.conn) >= MAX_MEMORIES:
        raise MemoryFull
    if source and not await load_message(call.conn, source, call.now):
        raise NotFound
    queries.insert(call.conn, id_, call.body.text, call.now, source)
    return model_response(_existing(await queries.load(call.conn, id_)), 201)


async def change_memory(call: Call[MemoryChange]) -> Response:
    """Correct what the companion remembers."""
    _refuse_danger(call)
    queries.change(call.conn, call.id, call.body.text)
    return model_response(_existing(await queries.load(call.conn, call.id)))


async def delete_memory(call: Call) -> Response:
    """Make the companion forget."""
    if not await queries.delete(call.conn, call.id):
        raise NotFound
    return Response(status_code=204)


def _refuse_danger(call: Call[Any]) -> None:
    if call.support and call.support.grade in OPENING_GRADES:
        raise MemoryOfDanger


def _existing(memory: CompanionMemory | None) -> CompanionMemory:
    if memory is None:
        raise NotFound
    return memory


OPERATIONS = (
    Operation("GET", "/memory", list_memories, {200: CompanionMemoryPage}, query=PageQuery),
    Operation("POST", "/memory", add_memory, {200: CompanionMemory, 201: CompanionMemory}, body=JsonBody(MemoryDraft)),
    Operation("PATCH", "/memory/{id:uuid}", change_memory, {200: CompanionMemory}, body=JsonBody(MemoryChange)),
    Operation("DELETE", "/memory/{id:uuid}", delete_memory, {204: None}),
)
