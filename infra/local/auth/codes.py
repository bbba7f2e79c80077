"""One-time codes: sent by mail as six digits and as a link, valid for an hour and for one use.

An app that signs in by PKCE gets an authorization code from the link instead of tokens.
"""

import base64
import hmac
import html
import secrets
from datetime import datetime, timedelta
from hashlib import sha224, sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row

from infra.local.auth import queries
from infra.local.auth.errors import AuthError, code_expired
from infra.local.auth.models import Account, AuthRequest
from shared.clock import utc_now
from shared.languages import Languages, TextModel

Connection = AsyncConnection[TupleRow]

VALID_FOR = timedelta(hours=1)
AUTH_CODE_VALID_FOR = timedelta(minutes=5)
AUTH_CODE = "auth_code"
# By the `type` of a verification: the purposes of the codes that it accepts.
PURPOSES = {
    "signup": ["signup"],
    "invite": ["signup"],
    "magiclink": ["recovery"],
    "recovery": ["recovery"],
    "email": ["signup", "recovery"],
    "email_change": ["email_change"],
}


STORED_AS = {"magiclink": "recovery"}  # the later one of both replaces the earlier one, as in Supabase Auth


class Reader(NamedTuple):
    """Who reads a mail: where its link leads them, and the languages that their app asks for."""

    verify_url: str  # has the query of the link
    accept_language: str | None


class SignInMail(TextModel):
    subject: str
    text: str


class SignInMails(TextModel):
    """The mails of sign-in, by the `type` of their links. A Supabase project has templates of its own."""

    signup: SignInMail
    magiclink: SignInMail
    recovery: SignInMail
    email_change: SignInMail

    def of(self, kind: str) -> SignInMail:
        text: SignInMail = getattr(self, kind)
        return text


MAIL_TEXTS = Languages(Path(__file__).with_name("texts"), SignInMails)


class Code(NamedTuple):
    user_id: UUID
    purpose: str
    sent_at: datetime
    code_challenge: str | None
    code_challenge_method: str | None


async def send(conn: Connection, account: Account, kind: str, request: AuthRequest, reader: Reader) -> None:
    """Mail a new code, which replaces an earlier one of this purpose."""
    address = (account.new_email if kind == "email_change" else account.email) or ""
    digits = f"{secrets.randbelow(10**6):06}"
    token_hash = hash_of(address, digits)
    method = (request.code_challenge_method or "").lower() or None
    code = Code(account.id, STORED_AS.get(kind, kind), utc_now(), request.code_challenge, method)
    await _store(conn, token_hash, code)
    link = f"{reader.verify_url}&{urlencode({'token': token_hash, 'type': kind})}"
    mail = MAIL_TEXTS.texts(MAIL_TEXTS.code(await _locale(conn, account), reader.accept_language)).of(kind)
    text = mail.text.format(code=digits, link=link)
    row = {"address": address, "key": token_hash, "subject": mail.subject, "text": text}
    await conn.execute(queries.INSERT_MAIL, {**row, "now": utc_now(), "html": f"<pre>{html.escape(text)}</pre>"})


async def issue_auth_code(conn: Connection, code: Code) -> str:
    """An authorization code for the app that asked for this code with a challenge."""
    auth_code = secrets.token_urlsafe(24)
    await _store(conn, auth_code, code._replace(purpose=AUTH_CODE, sent_at=utc_now()))
    return auth_code


async def take(conn: Connection, token_hash: str, verification: str) -> Code:
    """Use up a code. Raises `AuthError` if there is no such code, or it was sent more than an hour ago."""
    return await _take(conn, token_hash, PURPOSES.get(verification, []), VALID_FOR)


async def take_auth_code(conn: Connection, auth_code: str, verifier: str) -> Code:
    """Use up an authorization code. Raises `AuthError` if it is not valid, or the verifier is not its own."""
    try:
        code = await _take(conn, auth_code, [AUTH_CODE], AUTH_CODE_VALID_FOR)
    except AuthError:
        raise AuthError(404, "flow_state_not_found", "invalid flow state, no valid flow state found") from None
    digest = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    answer = verifier if code.code_challenge_method == "plain" else digest
    if not hmac.compare_digest(answer.encode(), (code.code_challenge or "").encode()):
        raise AuthError(400, "bad_code_verifier", "code challenge does not match previously saved code verifier")
    return code


def hash_of(address: str, code: str) -> str:
    return sha224(f"{address}{code}".encode()).hexdigest()


async def _take(conn: Connection, stored_hash: str, purposes: list[str], valid_for: timedelta) -> Code:
    async with conn.cursor(row_factory=class_row(Code)) as cursor:
        await cursor.execute(queries.TAKE_CODE, {"hash": stored_hash, "purposes": purposes})
        code = await cursor.fetchone()
    if code is None or code.sent_at + valid_for <= utc_now():
        raise code_expired()
    return code


async def _locale(conn: Connection, account: Account) -> str | None:
    """The locale of their profile. None before they have one."""
    profile = await (await conn.execute(queries.LOCALE, {"user_id": account.id})).fetchone()
    return profile[0] if profile else None


async def _store(conn: Connection, stored_hash: str, code: Code) -> None:
    await conn.execute(queries.UPSERT_CODE, {**code._asdict(), "hash": stored_hash})
