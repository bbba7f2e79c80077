"""Says again what the companion is, in a conversation that goes on. The server does it, whatever a model writes."""

import asyncio
from typing import Any

from functions.companion.danger.language import language_after, language_of
from functions.companion.disclosure import queries
from functions.companion.disclosure.texts import DISCLOSURE_TEXTS, DisclosureTexts, language_of_question
from functions.companion.languages import UNSET
from functions.companion.model_choice import usable_models
from functions.companion.models import ModuleName
from functions.companion.rules.disclosure import due_reminder, use_since
from functions.companion.texts import load_texts
from shared import people
from shared.http import Call
from shared.languages import FALLBACK


async def opening_parts(call: Call[Any, Any], module: ModuleName) -> list[str]:
    """What a new conversation begins with. In the first one, a person whose age is not known is told how to tell it."""
    texts, own = await load_texts(call.conn, call.person.id), await _own_texts(call)
    has_model = bool(await usable_models(call, module))
    disclosure = own.disclosure if has_model else own.disclosure_scripted
    needs_model = "" if has_model else texts.needs_model.get(module, "")
    asks_age = (await queries.load_age(call.conn)).band is None and not await queries.has_conversations(call.conn)
    opening = f"\n\n{needs_model}" if needs_model else texts.openings[module]
    return [disclosure, *([own.age_unknown] if asks_age else []), *([opening] if opening else [])]


async def reminder_parts(call: Call[Any, Any], content: str) -> list[str]:
    """What the reply to a message begins with when it is time to be reminded, or nothing.

    The lock of the conversation is held, so of two devices only one is answered with it. It is recorded in the
    transaction that stores the reply.
    """
    use, age = await queries.load_use(call.conn, call.id)
    used_since, reminder = use_since(use, call.now), due_reminder(use, call.now, is_minor=age.is_minor)
    queries.record_use(call.conn, call.id, used_since, call.now if reminder else use.disclosed_at)
    if reminder is None:
        return []
    return [(await _own_texts(call, content)).reminders[reminder]]


async def answer_parts(call: Call[Any, Any], content: str) -> list[str]:
    """What the reply to a message begins with if it asks what the companion is, or nothing."""
    language = await asyncio.to_thread(language_of_question, content)
    if language is None:
        return []
    texts = DISCLOSURE_TEXTS.texts(language) if language != FALLBACK else await _own_texts(call, content)
    return [texts.asked]


async def _own_texts(call: Call[Any, Any], content: str = "") -> DisclosureTexts:
    """The texts in the language of a message, or else in that of the profile."""
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    own = None if profile.locale == UNSET else profile.locale
    return DISCLOSURE_TEXTS.texts(await asyncio.to_thread(language_after, own and language_of(own), content))
