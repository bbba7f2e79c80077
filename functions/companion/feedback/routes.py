"""The routes of feedback. The latest word counts, from whichever device."""

from starlette.responses import Response

from functions.companion import messages
from functions.companion.feedback import queries
from functions.companion.models import FeedbackDraft
from shared import consents
from shared.http import Call, JsonBody, Operation

PATH = "/conversations/{id:uuid}/messages/{message_id:uuid}/feedback"


async def give_feedback(call: Call[FeedbackDraft]) -> Response:
    """Say what you think of a reply, or change what you have said. No model reads it. It needs your consent to `ai`."""
    reply = await messages.load_reply(call)
    consents.require(call.conn, "ai")
    queries.rate(call.conn, reply.id, call.body.rating, call.body.reason)
    return Response(status_code=204)


async def withdraw_feedback(call: Call) -> Response:
    """Withdraw what you have said of a reply."""
    reply = await messages.load_reply(call)
    queries.rate(call.conn, reply.id, None, None)
    return Response(status_code=204)


OPERATIONS = (
    Operation("POST", PATH, give_feedback, {204: None}, body=JsonBody(FeedbackDraft)),
    Operation("DELETE", PATH, withdraw_feedback, {204: None}),
)
