"""Which tools a model is offered for a reply."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from functions.companion.disclosure.queries import load_switched_off
from functions.companion.prompts import prompts
from functions.companion.queries import MessageRow, load_latest_danger
from functions.companion.rules.danger_states import START, DangerRecord, current_state
from functions.companion.tools import lookups, proposals, queries
from functions.companion.tools.arguments import (
    NoArguments,
    ProposePracticeArguments,
    ReadMoodsArguments,
    RememberArguments,
    ToolArguments,
)
from functions.companion.tools.runs import ToolOutcome
from shared import consents
from shared.ai.models import limits_of
from shared.ai.port import ModelTool
from shared.consents import Purpose
from shared.http import Call
from shared.safety import care

REMEMBER = "remember"


class Tool(NamedTuple):
    arguments: type[ToolArguments]
    run: Callable[[Any, Any], Awaitable[ToolOutcome]]
    needs: frozenset[Purpose] = frozenset()


TOOLS: Mapping[str, Tool] = {
    "read_plan": Tool(NoArguments, lookups.read_plan, frozenset({"ai_lookups"})),
    "read_moods": Tool(ReadMoodsArguments, lookups.read_moods, frozenset({"ai_lookups"})),
    "read_what_helped": Tool(NoArguments, lookups.read_what_helped, frozenset({"ai_lookups", "personalisation"})),
    "propose_practice": Tool(ProposePracticeArguments, proposals.propose_practice),
    "propose_check_in": Tool(NoArguments, proposals.propose_check_in),
    REMEMBER: Tool(RememberArguments, proposals.remember),
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
    if not limits_of(models[0]).tools or row.support or await _is_in_danger(call, row, now):
        return NOTHING
    purposes: tuple[Purpose, ...] = ("ai_lookups", "personalisation")
    answers = [(purpose, consents.queue_is_granted(call.conn, call.person.id, purpose)) for purpose in purposes]
    off = await load_switched_off(call.conn, ["prompt:tools", *(f"prompt:tool_{name}" for name in TOOLS)])
    if "prompt:tools" in off:
        return NOTHING
    granted = frozenset(purpose for purpose, answer in answers if answer.rows == [(True,)])
    names = [name for name, tool in TOOLS.items() if tool.needs <= granted and f"prompt:tool_{name}" not in off]
    if REMEMBER in names and await queries.has_support(call.conn, row.conversation_id):
        names.remove(REMEMBER)
    return Offer(names, granted)


async def _is_in_danger(call: Call[Any, Any], row: MessageRow, now: datetime) -> bool:
    in_care = care.queue_is_open(call.conn, now)
    latest = await load_latest_danger(call.conn, row.conversation_id)
    if in_care.rows == [(True,)]:
        return True
    return (
        latest is not None
        and current_state(DangerRecord.model_validate(latest.danger), latest.created_at, now) != START
    )


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
