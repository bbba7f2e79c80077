"""The routes of erasure: erase an account, read its receipt, and the keys that verify receipts."""

from typing import Literal
from uuid import UUID, uuid4

import psycopg
from pydantic import Field
from starlette.responses import Response

from functions.account.erasure import queries, signatures, steps
from functions.account.erasure.records import RECEIPTS, records
from shared.events import emit
from shared.events.types import user_erased
from shared.http import Call, LongCall, PublicCall, RequestModel, ResponseModel, model_response
from shared.http.fresh_sign_in import require_fresh_sign_in
from shared.http.problems import ACCOUNT_ERASED
from shared.http.responses import JSON


class ErasureConfirmation(RequestModel):
    """The words that confirm it."""

    confirm: Literal["erase everything"]


class ReceiptKeys(ResponseModel):
    """The public Ed25519 keys that verify receipts, by their ids, in hexadecimal digits."""

    keys: dict[str, str] = Field(description="A key stays here for as long as a receipt may need it.")


async def erase_account(call: LongCall[ErasureConfirmation]) -> Response:
    """Erase your account and everything held on you. This cannot be undone. Sign in again before.

    From the response on, your token and every event of yours have no effect. The response is the receipt so far. Keep
    its id: `GET /receipts/{id}` shows how it goes on, without sign-in. Repeat the request if you got no response.
    """
    await _require_fresh_sign_in(call)
    parts, person = call.services, call.person.id
    records(parts.settings)  # where there is no place for an erase list, nothing is erased

    async def begin() -> UUID:
        async with parts.database.service() as conn:
            id_ = await queries.begin_erasure(conn, person, uuid4(), "requested", call.now)
            emit(conn, [user_erased(None, call.now, receipt_id=id_)])
        return id_

    receipt_id = await parts.database.retry(begin)
    return Response(await steps.issue_receipt(parts, receipt_id), 202, media_type=JSON)


async def get_receipt(call: PublicCall) -> Response:
    """Get the receipt of an erasure. It is issued anew as the erasure goes on."""
    return Response(await records(call.services.settings).get(f"{RECEIPTS}{call.path['id']}.json"), media_type=JSON)


async def get_receipt_keys(call: PublicCall) -> Response:
    """Get the public keys that verify receipts."""
    return model_response(ReceiptKeys(keys=signatures.public_keys(call.services.settings)))


async def _require_fresh_sign_in(call: LongCall[ErasureConfirmation]) -> None:
    """Raises `FreshSignInNeeded`. A repeated request needs none: its person is erased, and gets the same receipt."""

    async def check(transaction: Call[ErasureConfirmation]) -> None:
        await require_fresh_sign_in(transaction.conn, transaction.person)

    try:
        await call.in_transaction(check)
    except psycopg.Error as error:
        if error.sqlstate != ACCOUNT_ERASED:
            raise
