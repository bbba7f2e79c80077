"""The route of summaries. They go with their conversation."""

from starlette.responses import Response

from functions.companion.models import ConversationSummaries, ConversationSummary
from functions.companion.queries import load_conversation
from functions.companion.summaries import queries
from shared.errors import NotFound
from shared.http import Call, Operation, model_response


async def list_summaries(call: Call) -> Response:
    """What stands in for older messages of a conversation, which no longer fit into what a model is sent."""
    if not await load_conversation(call.conn, call.id):
        raise NotFound
    blocks = await queries.load_blocks(call.conn, call.id)
    items = [
        ConversationSummary(id=block.id, text=block.text, messages=block.messages, created_at=block.created_at)
        for block in blocks
        if block.text
    ]
    return model_response(ConversationSummaries(items=items))


OPERATIONS = (Operation("GET", "/conversations/{id:uuid}/summaries", list_summaries, {200: ConversationSummaries}),)
