"""The chunks of a reply, as the npm package `ai` reads them: its sentences, and the calls of tools between them."""

from collections.abc import Iterator

from functions.companion.models import MessageTool, ReplyChunk, StoredToolCall
from functions.companion.queries import MessageRow
from functions.companion.texts import CompanionTexts
from shared.http import ServerEvent

TEXT_ID = "text"


class ReplyChunks:
    """What a client has not got yet, after a number of sentences. A tool ends the text before it."""

    def __init__(self, row: MessageRow, sent: int, texts: CompanionTexts) -> None:
        self._sent = sent
        self._tools = sum(tool.after < sent for tool in row.tools)
        self._is_open = False
        self._texts = texts

    def new(self, row: MessageRow) -> Iterator[ServerEvent]:
        """The events that are new in a state of the reply."""
        for tool in row.tools[self._tools :]:
            yield from self._sentences(row.parts[: tool.after])
            yield from self.end()
            yield from _tool_events(message_tool(tool, self._texts))
            self._tools += 1
        yield from self._sentences(row.parts)

    def end(self) -> Iterator[ServerEvent]:
        """The end of the text that is open."""
        if self._is_open:
            yield ServerEvent("text", ReplyChunk(type="text-end", id=TEXT_ID))
        self._is_open = False

    def _sentences(self, parts: list[str]) -> Iterator[ServerEvent]:
        for number, part in enumerate(parts[self._sent :], self._sent + 1):
            if not self._is_open:
                yield ServerEvent("text", ReplyChunk(type="text-start", id=TEXT_ID))
            self._is_open, self._sent = True, number
            yield ServerEvent("text", ReplyChunk(type="text-delta", id=TEXT_ID, delta=part), str(number))


def message_tool(tool: StoredToolCall, texts: CompanionTexts) -> MessageTool:
    return MessageTool(
        id=tool.id,
        name=tool.name,
        title=texts.tools[tool.name],
        input=tool.input,
        output=tool.output,
        error=texts.tool_faults[tool.error] if tool.error else None,
    )


def _tool_events(tool: MessageTool) -> Iterator[ServerEvent]:
    """A call and its end. It ran here: a client has nothing to execute."""
    chunk = ReplyChunk(
        type="tool-input-available",
        tool_call_id=tool.id,
        tool_name=tool.name,
        title=tool.title,
        input=tool.input,
        provider_executed=True,
    )
    yield ServerEvent("tool", chunk)
    if tool.error:
        end = ReplyChunk(type="tool-output-error", tool_call_id=tool.id, error_text=tool.error, provider_executed=True)
    else:
        end = ReplyChunk(type="tool-output-available", tool_call_id=tool.id, output=tool.output, provider_executed=True)
    yield ServerEvent("tool", end)
