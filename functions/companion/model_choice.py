"""Which models may reply to a person now. An operator can switch off models and prompts."""

from typing import Any

from functions.companion.disclosure import queries
from functions.companion.models import ReplyReceipt
from functions.companion.prompts import OF_REPLIES
from functions.companion.settings import CompanionSettings
from shared.http import Call


async def usable_models(call: Call[Any, Any]) -> tuple[str, ...]:
    """The models of the settings that are not switched off. None for who is too young, or if a prompt is off."""
    names = call.services.settings.of(CompanionSettings).ai_chat_models
    if not names or (await queries.load_age(call.conn)).is_too_young:
        return ()
    prompts = {f"prompt:{prompt}" for prompt in OF_REPLIES}
    off = await queries.load_switched_off(call.conn, [*(f"model:{name}" for name in names), *prompts])
    return () if off & prompts else tuple(name for name in names if f"model:{name}" not in off)


def switches_of(receipt: ReplyReceipt) -> list[str]:
    """The names of the switches that stop a reply: of its model, and of its prompts."""
    return [f"model:{receipt.model}", *(f"prompt:{prompt.name}" for prompt in receipt.prompts)]
