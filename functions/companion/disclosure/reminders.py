"""Says again what the companion is, in a conversation that goes on. The server does it, whatever a model writes."""

from typing import Any

from functions.companion.disclosure import queries
from functions.companion.model_choice import usable_models
from functions.companion.rules.disclosure import due_reminder, use_since
from functions.companion.texts import load_texts
from shared.http import Call


async def opening_parts(call: Call[Any, Any]) -> list[str]:
    """What a new conversation begins with. In the first one, a person whose age is not known is told how to tell it."""
    texts = await load_texts(call.conn, call.person.id)
    disclosure = texts.disclosure if await usable_models(call) else texts.disclosure_scripted
    asks_age = (await queries.load_age(call.conn)).band is None and not await queries.has_conversations(call.conn)
    return [disclosure, texts.age_unknown] if asks_age else [disclosure]


async def reminder_parts(call: Call[Any, Any]) -> list[str]:
    """What a reply begins with when it is time to be reminded, or nothing.

    The lock of the conversation is held, so of two devices only one is answered with it. It is recorded in the
    transaction that stores the reply.
    """
    use, age = await queries.load_use(call.conn, call.id)
    used_since, reminder = use_since(use, call.now), due_reminder(use, call.now, is_minor=age.is_minor)
    queries.record_use(call.conn, call.id, used_since, call.now if reminder else use.disclosed_at)
    if reminder is None:
        return []
    return [(await load_texts(call.conn, call.person.id)).reminders[reminder]]
