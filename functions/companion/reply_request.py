"""What a model is asked for a reply, and the receipt of it."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypeAlias

from pydantic_core import to_json

from functions.companion import queries
from functions.companion.help import answers
from functions.companion.instructions import load_instructions
from functions.companion.model_choice import usable_models
from functions.companion.models import PromptVersion, ReplyReceipt
from functions.companion.queries import MessageRow
from functions.companion.rules.context import PastMessage, recent_messages, token_bound
from functions.companion.settings import CompanionSettings
from functions.companion.texts import COMPANION_TEXTS
from functions.companion.usage import budget, limits
from shared import consents, people
from shared.ai.models import limits_of
from shared.ai.port import Done, ModelMessage, ModelPort, ModelRequest, ModelTool, TextDelta, ToolRound
from shared.ai.scripted import ScriptedModel
from shared.http import Call
from shared.safety.replies.gate import ReplyGate

Obstacle: TypeAlias = Literal["consent", "used_up", "budget", "cut_short"]

MAX_ROUNDS = 3  # of tools in a reply. Then the model has to write


class PreparedReply(NamedTuple):
    model: ModelPort
    request: ModelRequest
    receipt: ReplyReceipt | None  # with estimates; None if no model of a provider is asked
    gate: ReplyGate | None = None  # what a model of a provider writes passes it
    end: str = ""  # of ours, which stands below a complete reply


async def prepare(
    call: Call[Any, Any], row: MessageRow, now: datetime, rounds: Sequence[ToolRound] = ()
) -> PreparedReply | Obstacle:
    """What is asked, with the tokens reserved; or what has come between since the message was stored.

    After a round of tools all is read anew: what was deleted or withdrawn meanwhile is not sent again.
    """
    if not await consents.is_granted(call.conn, call.person.id, "ai"):
        return "consent"
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    models = await usable_models(call, row.module)
    if models:
        return await _prepare_model(call, row, now, profile.locale, models, rounds)
    return "cut_short" if rounds else await _prepare_script(call, row, now, profile)


async def _prepare_script(
    call: Call[Any, Any], row: MessageRow, now: datetime, profile: people.LocalProfile
) -> PreparedReply:
    """What is replied without a model: by the guide, from the help articles, or that the module needs a model."""
    if row.module == "support":
        text = await answers.write(call, row, profile, now)
    elif row.module == "companion":
        from functions.companion.guide import replies as guide

        text = await guide.write(call, row, profile, now)
    else:
        text = COMPANION_TEXTS.texts(profile.locale).needs_model[row.module]
    return PreparedReply(
        ScriptedModel(lambda _: [TextDelta(text), Done("stop")]), ModelRequest("", (), ""), receipt=None
    )


async def _prepare_model(  # noqa: PLR0913, PLR0917 - the reply, and what it is made with
    call: Call[Any, Any],
    row: MessageRow,
    now: datetime,
    language: str,
    models: tuple[str, ...],
    rounds: Sequence[ToolRound],
) -> PreparedReply | Obstacle:
    from functions.companion.provider import engine
    from functions.companion.tools.offers import load_offer, model_tools

    settings = call.services.settings.of(CompanionSettings)
    tools = model_tools(tuple((await load_offer(call, row, models, now)).names))
    history = await queries.load_history(call.conn, row.conversation_id, row.position)
    past = [PastMessage(message.role == "user", message.text) for message in history]
    told = await load_instructions(call, row, language, past[-1].text, tools)
    sizes = [limits_of(name) for name in models]
    fixed = token_bound(told.system) + _tool_tokens(tools, rounds)
    kept = recent_messages(past, min(size.input_tokens for size in sizes) - fixed)
    tokens = fixed + sum(token_bound(message.text) for message in kept)
    most = max(size.output_tokens for size in sizes)
    receipt = ReplyReceipt(
        prompts=[PromptVersion(name=prompt.name, version=prompt.version) for prompt in told.prompts],
        memories=told.memories,
        articles=[found.article.name for found in told.found],
        messages_kept=len(kept),
        messages_cut=len(past) - len(kept),
        input_tokens=tokens,
        output_tokens=most,
        cost_micros=budget.highest_cost(models, tokens, most),
        notices=["cut"] if len(kept) < len(past) else [],
    )
    rest = await limits.reserve(call, now, receipt, replies=0 if rounds else 1)
    if rest in {"used_up", "budget"}:
        return rest
    if rest == "near":
        receipt.notices.append("limit_near")
    messages = [ModelMessage("user" if message.is_question else "assistant", message.text) for message in kept]
    caller = sha256(call.person.id.bytes).hexdigest()
    request = ModelRequest(told.system, messages, caller, tools, rounds, must_write=len(rounds) >= MAX_ROUNDS)
    links = answers.links(call, told.found, language)
    return PreparedReply(engine(settings, models), request, receipt, ReplyGate(language), links)


def _tool_tokens(tools: Sequence[ModelTool], rounds: Sequence[ToolRound]) -> int:
    """At least as many tokens as the tools have, and what was called and returned in this reply."""
    return sum(len(to_json(sent)) for sent in ([tool._asdict() for tool in tools], list(rounds)) if sent)
