"""The routes about the consent of a parent or guardian, for the person who needs it."""

from datetime import UTC
from hashlib import sha256
from secrets import token_urlsafe

from starlette.responses import Response

from functions.account.errors import AddressRefused, GuardianNotAccepted, OwnAddress, TooManyGuardianMails
from functions.account.guardian import page, queries
from functions.account.guardian.answers import shown_state
from functions.account.guardian.models import Guardian, GuardianDraft
from functions.account.guardian.queries import OwnGuardian
from shared.events import emit
from shared.events.types import guardian_asked
from shared.guardian_mails import PURPOSE, GuardianMail, mailbox_of
from shared.http import Call, JsonBody, Operation, PublicOperation, model_response

HTML = "text/html"
PAGE = "/guardian/{guardian_link:guardian}"


async def get_guardian(call: Call) -> Response:
    """Get what your parent or guardian says, and whether it takes their consent."""
    return _response(call, await queries.load_guardian(call.conn))


async def ask_guardian(call: Call[GuardianDraft]) -> Response:
    """Ask your parent or guardian, by a mail with a link. It takes the place of an earlier question and its answer."""
    address, sealer = call.body.email.lower(), call.services.sealer
    mailbox = mailbox_of(address)
    if not (await queries.load_guardian(call.conn)).age.accepts_guardian:
        raise GuardianNotAccepted
    if mailbox == mailbox_of(await queries.load_own_address(call.conn) or ""):
        raise OwnAddress
    digests = sealer.digests(PURPOSE, mailbox.encode())
    as_written = sealer.digests(PURPOSE, address.encode())  # as refusals were stored before 12 December 2026
    if await queries.has_refused(call.conn, [*digests, *as_written]):
        raise AddressRefused
    token = token_urlsafe(32)
    if not await queries.ask(call.conn, sha256(token.encode()).digest(), call.now):
        raise TooManyGuardianMails
    sealed = GuardianMail(address, token).seal(sealer, call.person.id)
    queries.store_mail(call.conn, sealed, digests[0], call.now)
    emit(call.conn, [guardian_asked(call.person.id, call.now)])
    return _response(call, await queries.load_guardian(call.conn))


async def end_guardian(call: Call) -> Response:
    """End it: the link in the mail leads nowhere any more, and what was allowed is not."""
    queries.end(call.conn)
    return Response(status_code=204)


def _response(call: Call[GuardianDraft] | Call, row: OwnGuardian) -> Response:
    state = shown_state(row.state, row.asked_at, call.now)
    return model_response(
        Guardian(
            can_ask=row.age.accepts_guardian,
            counts=state == "allowed" and row.age.accepts_guardian,
            state=state,
            asked_at=row.asked_at.astimezone(UTC) if state and row.asked_at else None,
            answered_at=row.answered_at.astimezone(UTC) if state and row.answered_at else None,
        )
    )


OPERATIONS = (
    Operation("GET", "/guardian", get_guardian, {200: Guardian}),
    Operation("PUT", "/guardian", ask_guardian, {200: Guardian}, body=JsonBody(GuardianDraft)),
    Operation("DELETE", "/guardian", end_guardian, {204: None}),
    PublicOperation("GET", PAGE, page.show_guardian_page, {200: HTML, 410: HTML}),
    PublicOperation("POST", PAGE + "/allow", page.allow_as_guardian, {200: HTML, 410: HTML}),
    PublicOperation("POST", PAGE + "/refuse", page.refuse_as_guardian, {200: HTML, 410: HTML}),
)
