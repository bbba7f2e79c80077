"""What a model is told before a conversation: first what never changes, last what differs by message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from functions.companion.disclosure.queries import load_switched_off
from functions.companion.help import search
from functions.companion.help.search import Found
from functions.companion.memory import queries as memory_queries
from functions.companion.modules import MODULES
from functions.companion.profile.queries import load_facts
from functions.companion.prompts import Prompt, prompts
from functions.companion.queries import MessageRow, load_question
from shared import consents
from shared.ai.port import ModelTool
from shared.http import Call


class Instructions(NamedTuple):
    system: str
    prompts: list[Prompt]
    memories: list[UUID]
    found: list[Found]  # in the help articles


async def load_instructions(
    call: Call[Any, Any], row: MessageRow, language: str, now: datetime, tools: Sequence[ModelTool]
) -> Instructions:
    """The instructions for a reply. What was deleted or withdrawn is not in them."""
    module = MODULES[row.module]
    facts = await _profile(call) if module.knows_profile else []
    memories = await memory_queries.load_all(call.conn) if module.remembers else []
    found = await search.find(call.conn, await load_question(call.conn, row, now)) if module.has_articles else []
    written = _Writer()
    for name in ("system", row.module, *(["tools"] if tools else [])):
        written.add(name)
    written.used += [prompts()[f"tool_{tool.name}"] for tool in tools]
    written.add("language", language=language)
    for name, variable, items in (
        ("profile", "facts", facts),
        ("memory", "items", [memory.text for memory in memories]),
        ("articles", "passages", [f"{each.article.title}: {each.passage}" for each in found]),
    ):
        if items:
            written.add(name, **{variable: items})
    return Instructions("\n".join(written.texts), written.used, [memory.id for memory in memories], found)


class _Writer:
    """The prompts that are used, and their texts."""

    def __init__(self) -> None:
        self.used: list[Prompt] = []
        self.texts: list[str] = []

    def add(self, name: str, **variables: str | list[str]) -> None:
        self.used.append(prompts()[name])
        self.texts.append(prompts()[name].text(**variables).rstrip())


async def _profile(call: Call[Any, Any]) -> list[str]:
    """What the profile says, if the person agrees to that, and nobody has switched it off."""
    if not await consents.is_granted(call.conn, call.person.id, "ai_lookups"):
        return []
    if await load_switched_off(call.conn, ["prompt:profile"]):
        return []
    return await load_facts(call.conn)
