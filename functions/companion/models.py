"""The requests and responses of `companion`."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.errors import RuleBroken
from shared.http import ChangeModel, RequestModel, ResponseModel, Text
from shared.http.paging import PageQuery
from shared.safety import Support

LONGEST_MESSAGE = 10_000
LONGEST_TITLE = 200
LONGEST_MEMORY = 500
LONGEST_REASON = 1_000
MOST_ATTACHMENTS = 4

MessageStatus: TypeAlias = Literal["queued", "running", "done", "cancelled", "failed", "partial", "replaced"]
Rating: TypeAlias = Literal["up", "down"]
ModuleName: TypeAlias = Literal["companion", "brainstorm", "planning", "support"]


def _readable(text: str) -> str:
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise RuleBroken("must contain something to read")
    return text


Title = Annotated[Text, Field(min_length=1, max_length=LONGEST_TITLE), AfterValidator(_readable)]


MemoryText = Annotated[Text, Field(min_length=1, max_length=LONGEST_MEMORY), AfterValidator(_readable)]


class ConversationDraft(RequestModel):
    module: ModuleName = "companion"
    mode: Literal["solo"] = "solo"
    title: Title | None = None


class ConversationChange(ChangeModel):
    title: Title


class ConversationQuery(PageQuery):
    """Conversations with some of these words in their title or in a message, the best first. A page has at most 50."""

    q: Annotated[Text, Field(min_length=1, max_length=LONGEST_TITLE)] | None = None


class Conversation(ResponseModel):
    id: UUID
    module: ModuleName
    mode: str
    title: str | None
    created_at: datetime
    changed_at: datetime


class Snippet(ResponseModel):
    """Where a search has found its words: the message, and the text around the first of them."""

    message_id: UUID
    before: str
    hit: str
    after: str


class ListedConversation(Conversation):
    snippet: Snippet | None = None


class ConversationPage(ResponseModel):
    items: list[ListedConversation]
    next_cursor: str | None


ToolFaultCode: TypeAlias = Literal[
    "not_available", "not_understood", "withheld", "remembered_already", "memory_full", "nothing_suits"
]


class PracticeProposal(BaseModel):
    """A practice of the catalogue. To accept it, save it or begin it with the routes of `recommend`."""

    model_config = ConfigDict(defer_build=True)

    content_id: UUID
    title: str
    minutes: int


class MemoryProposal(BaseModel):
    """What the companion would like to remember. To accept it: POST /memory, with this `id` and the id of the reply.

    `kept` says that it is remembered already, because you have switched that on in your profile.
    """

    model_config = ConfigDict(defer_build=True)

    id: UUID
    text: str
    kept: bool


class ToolOutput(BaseModel):
    """What came of a tool: how much it has read, or what it proposes."""

    model_config = ConfigDict(defer_build=True)

    items: int = 0
    practice: PracticeProposal | None = None
    memory: MemoryProposal | None = None


class StoredToolCall(BaseModel):
    """A call as it is stored with its reply. `after` is the number of sentences before it."""

    model_config = ConfigDict(defer_build=True)

    id: str
    name: str
    after: int = 0
    input: dict[str, str | int] = {}
    output: ToolOutput | None = None
    error: ToolFaultCode | None = None


class MessageTool(ResponseModel):
    """A tool that the companion has used in a reply, or why it could not. What it has read is not kept."""

    id: str
    name: str
    title: str
    input: dict[str, str | int]
    output: ToolOutput | None
    error: str | None


class MessageDraft(RequestModel):
    """What you write. With an `id` of your own, it can be sent twice. It may replace your latest message.

    `attachments` are pictures that you have uploaded with the routes of `account`.
    """

    content: Annotated[Text, Field(min_length=1, max_length=LONGEST_MESSAGE), AfterValidator(_readable)]
    id: Annotated[UUID, Field(strict=False)] | None = None
    replaces: Annotated[UUID, Field(strict=False)] | None = None
    attachments: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=MOST_ATTACHMENTS)] = Field(
        default_factory=list
    )


class ReplyDraft(RequestModel):
    """A reply that shall be written again. With an `id` of your own for it, it can be asked for twice."""

    id: Annotated[UUID, Field(strict=False)] | None = None


class ReplyFeedback(ResponseModel):
    rating: Rating
    reason: str | None


class FeedbackDraft(RequestModel):
    """What you think of a reply, and if you like, why."""

    rating: Rating
    reason: Annotated[Text, Field(min_length=1, max_length=LONGEST_REASON), AfterValidator(_readable)] | None = None


class ConversationMessage(ResponseModel):
    """A message. A reply whose process has died is `partial`: it has no more than what is here.

    What was replaced is in no list and has no words. Where it is asked for by its id, it is `replaced`.
    """

    id: UUID
    role: Literal["user", "assistant"]
    content: str
    status: MessageStatus
    answers: UUID | None
    notice: str | None
    support: Support | None
    tools: list[MessageTool]
    attachments: list[UUID]
    feedback: ReplyFeedback | None
    created_at: datetime


class ConversationMessagePage(ResponseModel):
    items: list[ConversationMessage]
    next_cursor: str | None


class MessageExchange(ResponseModel):
    message: ConversationMessage
    reply: ConversationMessage


class ReplyNotice(BaseModel):
    model_config = ConfigDict(defer_build=True)

    text: str


class PromptVersion(BaseModel):
    model_config = ConfigDict(defer_build=True)

    name: str
    version: str


class ReceiptTool(BaseModel):
    model_config = ConfigDict(defer_build=True)

    name: str
    calls: int
    items: int


class ReplyReceipt(BaseModel):
    """What a reply was made of. Tokens and cost are as the provider counted, or estimates if it did not."""

    model_config = ConfigDict(defer_build=True)

    model: str | None = None
    prompts: list[PromptVersion]
    memories: list[UUID]
    summaries: list[UUID] = []
    pictures: list[UUID] = []
    pictures_left_out: int = 0
    messages_kept: int
    messages_summarised: int = 0
    messages_cut: int
    input_tokens: int
    input_bound: int = 0
    output_tokens: int
    cached_tokens: int = 0
    cost_micros: int | None = None
    estimated: bool = True
    replaced: dict[str, int] = {}
    tools: list[ReceiptTool] = []
    articles: list[str] = []
    notices: list[Literal["cut", "summarised", "pictures", "limit_near", "replaced"]]


class ConversationSummary(ResponseModel):
    """What the companion is told about older messages of a conversation, in place of them."""

    id: UUID
    text: str
    messages: int
    created_at: datetime


class ConversationSummaries(ResponseModel):
    """The summaries, the oldest first."""

    items: list[ConversationSummary]


class MemoryDraft(RequestModel):
    """What the companion shall remember. With an `id` of your own, it can be sent twice: the second answer is 200.

    `message_id` is the reply that has proposed it.
    """

    text: MemoryText
    id: Annotated[UUID, Field(strict=False)] | None = None
    message_id: Annotated[UUID, Field(strict=False)] | None = None


class MemoryChange(ChangeModel):
    text: MemoryText


class CompanionMemory(ResponseModel):
    """What is remembered. The conversation and the message are those where it was proposed, while they exist."""

    id: UUID
    text: str
    conversation_id: UUID | None
    message_id: UUID | None
    created_at: datetime


class CompanionMemoryPage(ResponseModel):
    items: list[CompanionMemory]
    next_cursor: str | None


class DayUsage(ResponseModel):
    day: date
    task: str
    replies: int
    input_tokens: int
    output_tokens: int
    cost_micros: int | None


class AiUsage(ResponseModel):
    """The tokens and costs of the last 31 days, the latest first, and how many a person may use in a day (UTC)."""

    daily_limit: int
    days: list[DayUsage]


class ReplyChunk(ResponseModel):
    """A chunk of a UI message stream, as the npm package `ai` reads it. Which fields it has follows from `type`."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    type: Literal[
        "start",
        "text-start",
        "text-delta",
        "text-end",
        "tool-input-available",
        "tool-output-available",
        "tool-output-error",
        "data-support",
        "data-notice",
        "data-receipt",
        "error",
        "abort",
        "finish",
    ]
    message_id: UUID | None = Field(default=None, alias="messageId")
    id: str | None = None
    delta: str | None = None
    data: Support | ReplyNotice | ReplyReceipt | None = None
    error_text: str | None = Field(default=None, alias="errorText")
    tool_call_id: str | None = Field(default=None, alias="toolCallId")
    tool_name: str | None = Field(default=None, alias="toolName")
    title: str | None = None
    input: dict[str, str | int] | None = None
    output: ToolOutput | None = None
    provider_executed: bool | None = Field(default=None, alias="providerExecuted")
