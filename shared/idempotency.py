"""`Idempotency-Key`: a repeated request gets the first answer, byte for byte.

The answer is kept in the transaction of its effect. A crash therefore leaves both, or neither and the key is free at
once; while the first request runs, an advisory lock of its transaction says so.
"""

from hashlib import sha256
from typing import LiteralString, NamedTuple
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from shared.clock import utc_now
from shared.db import Connection, Statement
from shared.errors import Conflict, Invalid

LONGEST_KEY = 255

# Fails with PT409 while another request holds the key, and with PT208 when the key has its answer already.
CLAIM: LiteralString = "SELECT mend.claim_idempotency_key(%(person)s, %(key)s)"

FIND: LiteralString = """
    SELECT fingerprint, status, media_type, body
    FROM mend.idempotency_keys
    WHERE user_id = mend.uid() AND key = %(key)s
"""

KEEP: LiteralString = """
    INSERT INTO mend.idempotency_keys (user_id, key, fingerprint, status, media_type, body, created_at)
    VALUES (mend.uid(), %(key)s, %(fingerprint)s, %(status)s, %(media_type)s, %(body)s, %(now)s)
"""


class KeyInUse(Conflict):
    """The first request with this Idempotency-Key is still running."""

    code = "idempotency_key_in_use"


class KeyReused(Invalid):
    """This Idempotency-Key was used for a different request."""

    code = "idempotency_key_reused"


class StoredAnswer(NamedTuple):
    fingerprint: bytes
    status: int
    media_type: str
    body: bytes


def key_of(request: Request) -> str | None:
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise Invalid(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.")
    return key


def fingerprint(request: Request, body: bytes) -> bytes:
    route = f"{request.method} {request.url.path}?{request.url.query}\n{request.headers.get('content-type', '')}\n"
    return sha256(route.encode() + body).digest()


def claim(person: UUID, key: str) -> Statement:
    return Statement(CLAIM, {"person": person, "key": key})


def keep(conn: Connection, key: str, digest: bytes, response: Response) -> None:
    row = {
        "key": key,
        "fingerprint": digest,
        "status": response.status_code,
        "media_type": response.media_type,
        "body": bytes(response.body),
        "now": utc_now(),
    }
    conn.queue(KEEP, row)


async def replay(conn: Connection, key: str, digest: bytes) -> Response:
    first = (await conn.run(FIND, {"key": key}, StoredAnswer)).first
    if first is None:
        raise KeyInUse(headers={"Retry-After": "1"})  # it was swept between the two looks
    if first.fingerprint != digest:
        raise KeyReused
    return Response(first.body, first.status, {"Idempotency-Replayed": "true"}, first.media_type)
