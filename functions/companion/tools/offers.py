"""Which tools a model is offered for a reply."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from functions.companion.disclosure.queries import load_switched_off
from functions.companion.models import ModuleName
from functions.companion.modules import MODULES
from functions.companion.prompts import prompts
from functions.companion.queries import MessageRow, load_latest_danger
from functions.companion.rules.danger_states import START, WONDERED, DangerRecord, current_state
from functions.companion.tools import queries
from functions.companion.tools.arguments import (
    NoArguments,
    ProposePracticeArguments,
    ReadMoodsArguments,
    RememberArguments,
    ToolArguments,
)
from shared import consents
from shared.ai.models import limits_of
from shared.ai.port import ModelTool
from shared.consents import Purpose
from shared.http import Call
from shared.safety import care

LOOKUPS: frozenset[Purpose] = frozenset({"ai_lookups"})
LEARNED: frozenset[Purpose] = frozenset({"ai_lookups", "personalisation"})


class Tool(NamedTuple):
    arguments: type[ToolArguments] = NoArguments
    needs: frozenset[Purpose] = frozenset()  # beside the consent to `ai`


TOOLS: Mapping[str, Tool] = {
    "read_plan": Tool(needs=LOOKUPS),
    "read_moods": Tool(ReadMoodsArguments, LOOKUPS),
    "read_what_helped": Tool(needs=LEARNED),
    "propose_practice": Tool(ProposePracticeArguments),
    "propose_check_in": Tool(),
    "propose_hand_over": Tool(),
    "remember": Tool(RememberArguments),
}


class Offer(NamedTuple):
    """Tools by their names, and which purposes the person agrees to."""

    names: Sequence[str] = ()
    granted: frozenset[Purpose] = frozenset()


NOTHING = Offer()


async def load_offer(call: Call[Any, Any], row: MessageRow, models: Sequence[str], now: datetime) -> Offer:
    """What is offered for a reply. In danger and for three days after it, tools rest.

    Where support was offered in a conversation, nothing of it is remembered.
    """
    if not limits_of(models[0]).tools or row.support or await is_in_danger(call, row, now):
        return NOTHING
    answers = [(purpose, consents.queue_is_granted(call.conn, call.person.id, purpose)) for purpose in LEARNED]
    off = await load_switched_off(call.conn, ["prompt:tools", *(f"prompt:tool_{name}" for name in TOOLS)])
    if "prompt:tools" in off:
        return NOTHING
    granted = frozenset(purpose for purpose, answer in answers if answer.rows == [(True,)])
    names = [name for name in TOOLS if _may_be_offered(call, row.module, name, granted, off)]
    if "remember" in names and await queries.has_support(call.conn, row.conversation_id):
        names.remove("remember")
    return Offer(names, granted)


def _may_be_offered(
    call: Call[Any, Any], module: ModuleName, name: str, granted: frozenset[Purpose], off: Collection[str]
) -> bool:
    """Whether the module has the tool, the person agrees to what it needs, and nobody has switched it off."""
    if name == "propose_hand_over" and call.services.settings.support_email is None:
        return False
    return name in MODULES[module].tools and TOOLS[name].needs <= granted and f"prompt:tool_{name}" not in off


async def is_in_danger(call: Call[Any, Any], row: MessageRow, now: datetime) -> bool:
    """Whether the person is in a care period, or the machine of danger in this conversation is not at its start."""
    in_care = care.queue_is_open(call.conn, now)
    latest = await load_latest_danger(call.conn, row.conversation_id)
    if in_care.rows == [(True,)]:
        return True
    return latest is not None and current_state(
        DangerRecord.model_validate(latest.danger), latest.created_at, now
    ) not in {START, WONDERED}


@cache
def model_tools(names: tuple[str, ...]) -> list[ModelTool]:
    """What a model is told about these tools."""
    return [ModelTool(name, prompts()[f"tool_{name}"].text(), _schema(TOOLS[name].arguments)) for name in names]


def _schema(arguments: type[ToolArguments]) -> dict[str, Any]:
    """The JSON schema, without the titles that pydantic makes of the names."""
    schema = arguments.model_json_schema()
    fields = schema.get("properties", {}).values()
    for titled in (schema, *fields):
        titled.pop("title", None)
    return {"type": "object", "properties": {}, **schema}
