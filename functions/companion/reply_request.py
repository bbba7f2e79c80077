"""What a model is asked for a reply, and the receipt of it."""

from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypeAlias

from functions.companion import queries
from functions.companion.memory import queries as memory_queries
from functions.companion.models import CompanionMemory, PromptVersion, ReplyReceipt
from functions.companion.prompts import Prompt, prompts
from functions.companion.queries import MessageRow
from functions.companion.rules.context import PastMessage, recent_messages, token_bound
from functions.companion.settings import CompanionSettings
from functions.companion.texts import COMPANION_TEXTS
from functions.companion.usage import budget, limits
from shared import consents, people
from shared.ai.models import limits_of
from shared.ai.port import Done, ModelMessage, ModelPort, ModelRequest, TextDelta
from shared.ai.scripted import ScriptedModel
from shared.http import Call

Obstacle: TypeAlias = Literal["consent", "used_up", "budget"]


class PreparedReply(NamedTuple):
    model: ModelPort
    request: ModelRequest
    receipt: ReplyReceipt | None  # with estimates; None if no model of a provider is asked


async def prepare(call: Call[Any, Any], row: MessageRow, now: datetime) -> PreparedReply | Obstacle:
    """What is asked, with the tokens reserved; or what has come between since the message was stored."""
    if not await consents.is_granted(call.conn, call.person.id, "ai"):
        return "consent"
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    settings = call.services.settings.of(CompanionSettings)
    if not settings.ai_chat_models:
        text = COMPANION_TEXTS.texts(profile.locale).scripted
        return PreparedReply(
            ScriptedModel(lambda _: [TextDelta(text), Done("stop")]), ModelRequest("", (), ""), receipt=None
        )
    return await _prepare_model(call, row, now, profile.locale)


async def _prepare_model(
    call: Call[Any, Any], row: MessageRow, now: datetime, language: str
) -> PreparedReply | Obstacle:
    from functions.companion.provider import engine

    settings = call.services.settings.of(CompanionSettings)
    memories = await memory_queries.load_all(call.conn)
    history = await queries.load_history(call.conn, row.conversation_id, row.position)
    past = [PastMessage(message.role == "user", message.text) for message in history]
    used, system = _system(language, memories)
    sizes = [limits_of(name) for name in settings.ai_chat_models]
    kept = recent_messages(past, min(size.input_tokens for size in sizes) - token_bound(system))
    tokens = token_bound(system) + sum(token_bound(message.text) for message in kept)
    most = max(size.output_tokens for size in sizes)
    receipt = ReplyReceipt(
        prompts=[PromptVersion(name=prompt.name, version=prompt.version) for prompt in used],
        memories=[memory.id for memory in memories],
        messages_kept=len(kept),
        messages_cut=len(past) - len(kept),
        input_tokens=tokens,
        output_tokens=most,
        cost_micros=budget.highest_cost(settings.ai_chat_models, tokens, most),
        notices=["cut"] if len(kept) < len(past) else [],
    )
    rest = await limits.reserve(call, now, receipt)
    if rest in {"used_up", "budget"}:
        return rest
    if rest == "near":
        receipt.notices.append("limit_near")
    messages = [ModelMessage("user" if message.is_question else "assistant", message.text) for message in kept]
    request = ModelRequest(system, messages, caller=sha256(call.person.id.bytes).hexdigest())
    return PreparedReply(engine(settings), request, receipt)


def _system(language: str, memories: list[CompanionMemory]) -> tuple[list[Prompt], str]:
    """The instructions: what never changes stands first."""
    companion, memory = prompts()["companion"], prompts()["memory"]
    text = companion.text(language=language)
    if not memories:
        return [companion], text
    items = "\n".join(f"- {' '.join(item.text.split())}" for item in memories)
    return [companion, memory], f"{text}\n{memory.text(items=items)}"
