"""What a model is asked for a reply, and the receipt of it."""

from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypeAlias

from functions.companion import queries
from functions.companion.memory import queries as memory_queries
from functions.companion.model_choice import usable_models
from functions.companion.models import CompanionMemory, PromptVersion, ReplyReceipt
from functions.companion.prompts import Prompt, prompts
from functions.companion.queries import MessageRow
from functions.companion.rules.context import PastMessage, recent_messages, token_bound
from functions.companion.settings import CompanionSettings
from functions.companion.usage import budget, limits
from shared import consents, people
from shared.ai.models import limits_of
from shared.ai.port import Done, ModelMessage, ModelPort, ModelRequest, TextDelta
from shared.ai.scripted import ScriptedModel
from shared.http import Call
from shared.safety.replies.gate import ReplyGate

Obstacle: TypeAlias = Literal["consent", "used_up", "budget"]


class PreparedReply(NamedTuple):
    model: ModelPort
    request: ModelRequest
    receipt: ReplyReceipt | None  # with estimates; None if no model of a provider is asked
    gate: ReplyGate | None = None  # what a model of a provider writes passes it


async def prepare(call: Call[Any, Any], row: MessageRow, now: datetime) -> PreparedReply | Obstacle:
    """What is asked, with the tokens reserved; or what has come between since the message was stored."""
    if not await consents.is_granted(call.conn, call.person.id, "ai"):
        return "consent"
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    models = await usable_models(call)
    if not models:
        return await _prepare_guide(call, row, now, profile)
    return await _prepare_model(call, row, now, profile.locale, models)


async def _prepare_guide(
    call: Call[Any, Any], row: MessageRow, now: datetime, profile: people.LocalProfile
) -> PreparedReply:
    from functions.companion.guide import replies as guide

    text = await guide.write(call, row, profile, now)
    return PreparedReply(
        ScriptedModel(lambda _: [TextDelta(text), Done("stop")]), ModelRequest("", (), ""), receipt=None
    )


async def _prepare_model(
    call: Call[Any, Any], row: MessageRow, now: datetime, language: str, models: tuple[str, ...]
) -> PreparedReply | Obstacle:
    from functions.companion.provider import engine

    settings = call.services.settings.of(CompanionSettings)
    memories = await memory_queries.load_all(call.conn)
    history = await queries.load_history(call.conn, row.conversation_id, row.position)
    past = [PastMessage(message.role == "user", message.text) for message in history]
    used, system = _system(language, memories)
    sizes = [limits_of(name) for name in models]
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
        cost_micros=budget.highest_cost(models, tokens, most),
        notices=["cut"] if len(kept) < len(past) else [],
    )
    rest = await limits.reserve(call, now, receipt)
    if rest in {"used_up", "budget"}:
        return rest
    if rest == "near":
        receipt.notices.append("limit_near")
    messages = [ModelMessage("user" if message.is_question else "assistant", message.text) for message in kept]
    request = ModelRequest(system, messages, caller=sha256(call.person.id.bytes).hexdigest())
    return PreparedReply(engine(settings, models), request, receipt, ReplyGate(language))


def _system(language: str, memories: list[CompanionMemory]) -> tuple[list[Prompt], str]:
    """The instructions: what never changes stands first."""
    companion, memory = prompts()["companion"], prompts()["memory"]
    text = companion.text(language=language)
    if not memories:
        return [companion], text
    items = "\n".join(f"- {' '.join(item.text.split())}" for item in memories)
    return [companion, memory], f"{text}\n{memory.text(items=items)}"
