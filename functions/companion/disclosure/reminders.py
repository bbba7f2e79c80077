"""Says again what the companion is, in a conversation that goes on. The server does it, whatever a model writes."""

from typing import Any

from functions.companion.disclosure import queries
from functions.companion.model_choice import usable_models
from functions.companion.models import ModuleName
from functions.companion.rules.disclosure import due_reminder, use_since
from functions.companion.texts import load_texts
from shared.http import Call


async def opening_parts(call: Call[Any, Any], module: ModuleName) -> list[str]:
    """What a new conversation begins with. In the first one, a person whose age is not known is told how to tell it."""
    texts = await load_texts(call.conn, call.person.id)
    has_model = bool(await usable_models(call, module))
    disclosure = texts.disclosure if has_model else texts.disclosure_scripted
    needs_model = "" if has_model else texts.needs_model.get(module, "")
    asks_age = (await queries.load_age(call.conn)).band is None and not await queries.has_conversations(call.conn)
    opening = f"\n\n{needs_model}" if needs_model else texts.openings[module]
    return [disclosure, *([texts.age_unknown] if asks_age else []), *([opening] if opening else [])]


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
