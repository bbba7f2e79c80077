"""`Idempotency-Key`: a repeated request gets the stored response of the first one, byte for byte.

The response is stored in the transaction of the request's effect, so after a crash Postgres has both or neither. While
the first request runs, its transaction holds an advisory lock; when it fails, the lock is released and the key is free.

A stored response remembers the ids of the records that it names. When one of them is changed or deleted, a trigger of
its table removes the body (`mend.forget_responses`). The key stays, and a repeated request gets a 410.
"""

import re
from hashlib import sha256
from typing import LiteralString, NamedTuple
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from shared.clock import utc_now
from shared.db import Connection, Statement
from shared.errors import Conflict, Invalid, MendError

LONGEST_KEY = 255
MAX_BODY = 128 * 1024  # that of the longest plan has 80 KiB
RECORD_ID = re.compile(rb'"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')

# Fails with SQLSTATE PT409 while another request holds the key, and with PT208 if the key has a response.
CLAIM_KEY: LiteralString = "SELECT mend.claim_idempotency_key(%(person)s, %(key)s)"

RESPONSE: LiteralString = """
    SELECT fingerprint, status, media_type, body
    FROM mend.idempotency_keys
    WHERE user_id = mend.uid() AND key = %(key)s
"""

INSERT_RESPONSE: LiteralString = """
    INSERT INTO mend.idempotency_keys (user_id, key, fingerprint, status, media_type, body, records, created_at)
    VALUES (mend.uid(), %(key)s, %(fingerprint)s, %(status)s, %(media_type)s, %(body)s, %(records)s::uuid[], %(now)s)
"""


class KeyInUse(Conflict):
    """The first request with this Idempotency-Key is still running."""

    code = "idempotency_key_in_use"


class KeyReused(Invalid):
    """This Idempotency-Key was used for a different request."""

    code = "idempotency_key_reused"


class ResponseGone(MendError):
    """This request took effect before. Its response is gone: what it made has changed, or it was too large to keep."""

    status, code = 410, "response_gone"


class StoredResponse(NamedTuple):
    fingerprint: bytes
    status: int
    media_type: str
    body: bytes | None


def read_key(request: Request) -> str | None:
    """The key of a POST, or None without one. Raises `Invalid`."""
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise Invalid(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.")
    return key


def fingerprint(request: Request, body: bytes) -> bytes:
    """A digest of what makes two requests the same: method, path, query, media type and body."""
    route = f"{request.method} {request.url.path}?{request.url.query}\n{request.headers.get('content-type', '')}\n"
    return sha256(route.encode() + body).digest()


def claim_key(person: UUID, key: str) -> Statement:
    return Statement(CLAIM_KEY, {"person": person, "key": key})


def store_response(conn: Connection, key: str, digest: bytes, response: Response, *, is_late: bool = False) -> None:
    """Store a response. A body that is too large is left out.

    So is one that names records, if the response `is_late`: its transaction is not the one that made them, so they may
    have been deleted since.
    """
    body = bytes(response.body)
    records = {match.decode() for match in RECORD_ID.findall(body)}
    row = {
        "key": key,
        "fingerprint": digest,
        "status": response.status_code,
        "media_type": response.media_type or "",  # none: the response has no body
        "body": None if len(body) > MAX_BODY or (is_late and records) else body,
        "records": list(records),
        "now": utc_now(),
    }
    conn.queue(INSERT_RESPONSE, row)


async def load_response(conn: Connection, key: str, digest: bytes) -> Response:
    """The stored response. Raises `KeyReused` if it belongs to another request, and `ResponseGone` without a body."""
    stored = (await conn.run(RESPONSE, {"key": key}, StoredResponse)).first
    if stored is None:
        raise KeyInUse(headers={"Retry-After": "1"})  # the hourly sweep has deleted it since the claim
    if stored.fingerprint != digest:
        raise KeyReused
    if stored.body is None:
        raise ResponseGone
    return Response(stored.body, stored.status, {"Idempotency-Replayed": "true"}, stored.media_type or None)
