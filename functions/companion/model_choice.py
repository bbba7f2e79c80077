"""Which models may reply to a person now. An operator can switch off models and prompts."""

from typing import Any

from functions.companion.disclosure import queries
from functions.companion.models import ModuleName, ReplyReceipt
from functions.companion.modules import MODULES
from functions.companion.settings import CompanionSettings
from shared.http import Call


async def usable_models(call: Call[Any, Any], module: ModuleName) -> tuple[str, ...]:
    """The models of the settings that are not switched off.

    None for who is too young, or if a prompt is off that the module needs.
    """
    names = call.services.settings.of(CompanionSettings).ai_chat_models
    if not names:
        return ()
    prompts = {f"prompt:{prompt}" for prompt in (module, *MODULES[module].prompts)}
    age, off = await queries.load_age_and_switches(call.conn, [*(f"model:{name}" for name in names), *prompts])
    if off & prompts or not age.may_have_model:
        return ()
    return tuple(name for name in names if f"model:{name}" not in off)


def switches_of(receipt: ReplyReceipt) -> list[str]:
    """The names of the switches that stop a reply: of its model, and of its prompts."""
    return [f"model:{receipt.model}", *(f"prompt:{prompt.name}" for prompt in receipt.prompts)]
