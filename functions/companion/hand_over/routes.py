"""The routes of a hand-over: what would be sent, and the person's yes to it."""

from typing import Any, NamedTuple

from starlette.responses import Response

from functions.companion.errors import HandOverChanged, NothingToHandOver, NotSupport, TooManyHandOvers
from functions.companion.hand_over import queries
from functions.companion.hand_over.mails import MOST_MESSAGES, compose, digest_of, id_of
from functions.companion.hand_over.models import HandOver, HandOverDraft, HandOverMail, HandOverPreview
from functions.companion.queries import lock_conversation
from functions.companion.texts import load_texts
from shared.errors import NotFound
from shared.events import emit
from shared.events.types import conversation_handed_over
from shared.http import Call, JsonBody, Operation, model_response

MOST_A_DAY = 10


class _Prepared(NamedTuple):
    """The mail, or None if nothing can be sent, and what the person has to know about it."""

    mail: HandOverMail | None
    notice: str


async def preview_hand_over(call: Call) -> Response:
    """See the mail by which this support conversation would be handed over to the team. Nothing is sent."""
    prepared = await _prepare(call)
    digest = digest_of(prepared.mail) if prepared.mail else None
    stored = await queries.load(call.conn, id_of(call.id, digest)) if digest else None
    state = stored.state if stored else None
    return model_response(HandOverPreview(**prepared._asdict(), digest=digest, state=state))


async def hand_over(call: Call[HandOverDraft]) -> Response:
    """Have the mail sent that you have seen. The same mail arrives once. If it has `failed`, this sends it again."""
    id_, mail = id_of(call.id, call.body.digest), (await _prepare(call)).mail
    stored = await queries.load(call.conn, id_)
    if stored and stored.state != "failed":
        return model_response(stored, 202)
    if mail is None or digest_of(mail) != call.body.digest:
        raise HandOverChanged
    if await queries.count_of_day(call.conn, call.now) >= MOST_A_DAY:
        raise TooManyHandOvers
    if stored:
        queries.repeat(call.conn, id_, call.now)
    else:
        queries.insert(call.conn, id_, call.id, mail, call.now)
    emit(call.conn, [conversation_handed_over(call.person.id, call.now, hand_over_id=id_)])
    return model_response(HandOver(id=id_, state="queued", agreed_at=call.now), 202)


async def _prepare(call: Call[Any]) -> _Prepared:
    """Raises `NotFound`, `NotSupport` and `NothingToHandOver`. Nobody adds a message until the transaction ends."""
    conversation = await lock_conversation(call.conn, call.id)
    if conversation is None:
        raise NotFound
    if conversation.module != "support":
        raise NotSupport
    texts, team = await load_texts(call.conn, call.person.id), call.services.settings.support_email
    if team is None:
        return _Prepared(None, texts.hand_over["no_team"])
    address = await queries.load_email(call.conn)
    if address is None:
        return _Prepared(None, texts.hand_over["no_address"].format(address=team))
    said = await queries.load_said(call.conn, call.id, MOST_MESSAGES)
    if not said:
        raise NothingToHandOver
    return _Prepared(compose(said, team, address, texts), texts.hand_over["notice"])


PATH = "/conversations/{id:uuid}/hand-over"
OPERATIONS = (
    Operation("GET", PATH, preview_hand_over, {200: HandOverPreview}),
    Operation("POST", PATH, hand_over, {202: HandOver}, body=JsonBody(HandOverDraft)),
)
