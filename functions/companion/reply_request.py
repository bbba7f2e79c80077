"""What a model is asked for a reply, and the receipt of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypeAlias

from pydantic_core import to_json

from functions.companion.help import answers
from functions.companion.instructions import Instructions, load_instructions
from functions.companion.model_choice import usable_models
from functions.companion.models import PromptVersion, ReplyReceipt
from functions.companion.pictures.sent import SentPicture, find_pictures, models_that_see, with_pictures
from functions.companion.queries import MessageRow
from functions.companion.rules.context import TokenCount
from functions.companion.settings import CompanionSettings
from functions.companion.summaries.history import Limit, SentHistory, prepare_history
from functions.companion.texts import COMPANION_TEXTS
from functions.companion.usage import budget, limits
from shared import consents, people
from shared.ai.estimate import token_bound
from shared.ai.models import limits_of
from shared.ai.port import Done, ModelPort, ModelRequest, ModelTool, TextDelta, ToolRound
from shared.ai.scripted import ScriptedModel
from shared.files.port import FileStore
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
    history: SentHistory | None = None
    pictures: Sequence[SentPicture] = ()  # whose content the request has not got yet

    async def with_pictures(self, store: FileStore) -> "PreparedReply":
        """The reply with the content of its pictures. No transaction may be open."""
        if self.receipt is None or not (self.pictures or self.receipt.pictures_left_out):
            return self
        messages, sent = await with_pictures(store, self.request.messages, self.pictures)
        left_out = self.receipt.pictures_left_out + len(self.pictures) - len(sent)
        notices = [*self.receipt.notices, "pictures"] if left_out else self.receipt.notices
        update = {"pictures": sent, "pictures_left_out": left_out, "notices": notices}
        request, receipt = replace(self.request, messages=messages), self.receipt.model_copy(update=update)
        return self._replace(request=request, receipt=receipt, pictures=())


class UncountedReply(NamedTuple):
    """By the local estimate, the request does not fit. Its provider may know better."""

    model: ModelPort
    request: ModelRequest
    bound: int  # the local estimate
    pictures: int  # tokens of pictures, which the request has not got yet

    async def counted(self) -> TokenCount:
        """The provider's count, or the local estimate if it has none. No transaction may be open."""
        counted = await self.model.count(self.request)
        return TokenCount(counted + self.pictures if counted else self.bound, self.bound)


async def prepare(
    call: Call[Any, Any],
    row: MessageRow,
    now: datetime,
    rounds: Sequence[ToolRound] = (),
    count: TokenCount | None = None,
) -> PreparedReply | UncountedReply | Obstacle:
    """What is asked, with the tokens reserved; or what has come between since the message was stored.

    After a round of tools all is read anew: what was deleted or withdrawn meanwhile is not sent again. An
    `UncountedReply` has to be counted by its provider first, and prepared again with that `count`.
    """
    if not await consents.is_granted(call.conn, call.person.id, "ai"):
        return "consent"
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    models = await usable_models(call, row.module)
    if models:
        return await _prepare_model(call, row, now, profile.locale, models, rounds, count)
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
    count: TokenCount | None,
) -> PreparedReply | UncountedReply | Obstacle:
    from functions.companion.provider import engine, picture_tokens
    from functions.companion.tools.offers import load_offer, model_tools

    settings = call.services.settings.of(CompanionSettings)
    tools = model_tools(tuple((await load_offer(call, row, models, now)).names))
    told = await load_instructions(call, row, language, now, tools)
    seeing = models_that_see(models)
    fixed = token_bound(told.system) + _tool_tokens(tools, rounds)
    limit = Limit(min(limits_of(name).input_tokens for name in models), fixed, count, picture_tokens(seeing))
    history = await prepare_history(call.conn, row, limit, now)
    caller = sha256(call.person.id.bytes).hexdigest()
    request = ModelRequest(told.system, history.messages, caller, tools, rounds, must_write=len(rounds) >= MAX_ROUNDS)
    if history.is_uncounted:
        return UncountedReply(engine(settings, models), request, history.bound, history.pictures)
    pictures = await find_pictures(call.conn, call.person.id, history.attached) if seeing else []
    models = seeing if pictures else models
    receipt = _estimated_receipt(models, told, history, pictures)
    rest = await limits.reserve(call, now, receipt, replies=0 if rounds else 1)
    if rest in {"used_up", "budget"}:
        return rest
    if rest == "near":
        receipt.notices.append("limit_near")
    links = answers.links(call, told.found, language)
    return PreparedReply(engine(settings, models), request, receipt, ReplyGate(language), links, history, pictures)


def _estimated_receipt(
    models: tuple[str, ...], told: Instructions, history: SentHistory, pictures: Sequence[SentPicture]
) -> ReplyReceipt:
    """What is sent, and at most as many tokens as the reply takes."""
    most = max(limits_of(name).output_tokens for name in models)
    return ReplyReceipt(
        prompts=[PromptVersion(name=prompt.name, version=prompt.version) for prompt in told.prompts],
        memories=told.memories,
        articles=[found.article.name for found in told.found],
        summaries=[summary.id for summary in history.summaries],
        pictures=[picture.picture for picture in pictures],
        pictures_left_out=len(history.attached) - len(pictures),
        messages_kept=history.kept,
        messages_summarised=history.summarised,
        messages_cut=history.cut,
        input_tokens=history.tokens,
        input_bound=history.bound,
        output_tokens=most,
        cost_micros=budget.highest_cost(models, history.tokens, most),
        notices=history.notices,
    )


def _tool_tokens(tools: Sequence[ModelTool], rounds: Sequence[ToolRound]) -> int:
    """At least as many tokens as the tools have, and what was called and returned in this reply."""
    return sum(len(to_json(sent)) for sent in ([tool._asdict() for tool in tools], list(rounds)) if sent)
