"""Accounts: sign-up, sign-in by password or code, and changes, by the rules of Supabase Auth."""

import asyncio
import re
from dataclasses import replace
from typing import Any, LiteralString
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb

from infra.local.auth import codes, passwords, queries
from infra.local.auth.codes import Code, Reader
from infra.local.auth.errors import AuthError, code_expired, invalid_request, unprocessable
from infra.local.auth.models import EMAIL, Account, AuthRequest, user_of
from shared.clock import utc_now

Connection = AsyncConnection[TupleRow]

ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
ADDRESS_CHARACTERS = 255
WITH_EMAIL = {"provider": EMAIL, "providers": [EMAIL]}


async def sign_up(conn: Connection, request: AuthRequest, reader: Reader) -> dict[str, Any]:
    """Create an account and mail a code. Returns the user as clients read it.

    For a taken address it has a new id, no identities, and nothing of the account.
    """
    email = _address(request)
    if not request.password:
        raise invalid_request("Signup requires a valid password")
    _check_strength(request.password)
    password_hash = await asyncio.to_thread(passwords.hash_password, request.password)
    account = await _by_email(conn, email)
    if account and account.email_confirmed_at:
        return {**_waiting(_new_account(email, request, None)), "identities": []}
    if account is None:
        account = await _create(conn, email, request, password_hash)
    await codes.send(conn, account, "signup", request, reader)
    return _waiting(account)


async def sign_up_anonymously(conn: Connection, request: AuthRequest) -> Account:
    return await _create(conn, None, request, None)


async def with_password(conn: Connection, request: AuthRequest) -> Account:
    account = await _by_email(conn, _address(request))
    stored = account.password_hash if account else None
    right = await asyncio.to_thread(passwords.matches, request.password or "", stored)
    if account is None or account.is_erased or not right:
        raise AuthError(400, "invalid_credentials", "Invalid login credentials")
    if account.email_confirmed_at is None:
        raise AuthError(400, "email_not_confirmed", "Email not confirmed")
    return account


async def send_code(conn: Connection, request: AuthRequest, reader: Reader) -> None:
    """Mail a code to sign in with. An unknown address becomes an account, unless `create_user` is false."""
    email = _address(request)
    account = await _by_email(conn, email)
    if account is None:
        if not request.create_user:
            raise unprocessable("otp_disabled", "Signups not allowed for otp")
        account = await _create(conn, email, request, None)
    kind = "magiclink" if account.email_confirmed_at else "signup"
    await codes.send(conn, account, kind, request, reader)


async def send_again(conn: Connection, request: AuthRequest, reader: Reader) -> None:
    """Mail a new code to an address that is not confirmed yet. Answers alike if there is none."""
    email = _address(request)
    if request.type == "email_change":
        account = await _load(conn, queries.ACCOUNT_BY_NEW_EMAIL, email=email)
    elif request.type == "signup":
        account = await _by_email(conn, email)
    else:
        raise invalid_request("Missing one of these types: signup, email_change, sms, phone_change")
    if account and (request.type == "email_change" or account.email_confirmed_at is None):
        await codes.send(conn, account, request.type, request, reader)


async def send_recovery(conn: Connection, request: AuthRequest, reader: Reader) -> None:
    """Mail a code to sign in with, to set a new password. Answers alike for an unknown address."""
    email = _address(request)
    if account := await _by_email(conn, email):
        await codes.send(conn, account, "recovery", request, reader)


async def confirm(conn: Connection, code: Code) -> Account:
    """The account of a code that was used, with the address that the code confirms. Raises `AuthError`."""
    account = await by_id(conn, code.user_id)
    if code.purpose == "email_change":
        if account.new_email is None:
            raise code_expired()
        app_metadata = {**account.app_metadata, **WITH_EMAIL}
        account = replace(account, email=account.new_email, new_email=None, app_metadata=app_metadata)
    now = utc_now()
    account = replace(account, email_confirmed_at=account.email_confirmed_at or now, updated_at=now)
    await _save(conn, account)
    return account


async def signed_in(conn: Connection, account: Account) -> Account:
    account = replace(account, last_sign_in_at=utc_now())
    await _save(conn, account)
    return account


async def change(conn: Connection, account: Account, request: AuthRequest, reader: Reader) -> Account:
    """Change password, data or address. A new address counts once the code that is mailed to it was used."""
    if request.password is not None:
        account = await _with_password(account, request)
        await conn.execute(queries.DELETE_CODES, {"user_id": account.id})
    if request.data is not None:
        merged = {**account.user_metadata, **request.data}
        account = replace(account, user_metadata={name: value for name, value in merged.items() if value is not None})
    email = _address(request) if request.email else account.email
    changes_email = email != account.email
    if changes_email and email:
        if await _by_email(conn, email):
            raise _email_exists()
        account = replace(account, new_email=email)
    account = replace(account, updated_at=utc_now())
    await _save(conn, account)
    if changes_email and email:
        await codes.send(conn, account, "email_change", request, reader)
    return account


async def by_id(conn: Connection, user_id: UUID) -> Account:
    """Raises `AuthError` if the account was deleted, or is being erased."""
    account = await _load(conn, queries.ACCOUNT_BY_ID, id=user_id)
    if account is None or account.is_erased:
        raise _not_found()
    return account


def normal_address(email: str) -> str:
    """The address in lower case. Raises `AuthError` if it is none."""
    email = email.strip().lower()
    if len(email) > ADDRESS_CHARACTERS or not ADDRESS.fullmatch(email):
        raise invalid_request("Unable to validate email address: invalid format")
    return email


def _address(request: AuthRequest) -> str:
    if request.phone:
        raise AuthError(400, "phone_provider_disabled", "Unsupported phone provider")
    return normal_address(request.email or "")


async def _with_password(account: Account, request: AuthRequest) -> Account:
    password = request.password or ""
    if account.is_anonymous and not request.email:
        message = "Updating password of an anonymous user without an email or phone is not allowed"
        raise unprocessable("validation_failed", message)
    _check_strength(password)
    if await asyncio.to_thread(passwords.matches, password, account.password_hash):
        raise unprocessable("same_password", "New password should be different from the old password.")
    return replace(account, password_hash=await asyncio.to_thread(passwords.hash_password, password))


def _check_strength(password: str) -> None:
    if len(password) < passwords.MIN_LENGTH:
        message = f"Password should be at least {passwords.MIN_LENGTH} characters."
        raise AuthError(422, "weak_password", message, weaknesses=["length"])


async def _create(conn: Connection, email: str | None, request: AuthRequest, password_hash: str | None) -> Account:
    account = _new_account(email, request, password_hash)
    row = {"app_metadata": Jsonb(account.app_metadata), "user_metadata": Jsonb(account.user_metadata)}
    try:
        await conn.execute(queries.INSERT_USER, {**row, "id": account.id, "email": email, "now": account.created_at})
    except UniqueViolation:  # two sign-ups at once
        raise unprocessable("user_already_exists", "User already registered") from None
    await _save(conn, account)
    return account


def _new_account(email: str | None, request: AuthRequest, password_hash: str | None) -> Account:
    now = utc_now()
    return Account(
        uuid4(), email, WITH_EMAIL if email else {}, request.data or {}, now, None, password_hash, None, now, None
    )


def _waiting(account: Account) -> dict[str, Any]:
    """The user as clients read it, whose confirmation has just been sent."""
    return {**user_of(account), "confirmation_sent_at": utc_now().isoformat()}


async def _save(conn: Connection, account: Account) -> None:
    row: dict[str, Any] = {
        **vars(account),
        "app_metadata": Jsonb(account.app_metadata),
        "user_metadata": Jsonb(account.user_metadata),
    }
    try:
        updated = await conn.execute(queries.UPDATE_USER, row)
    except UniqueViolation:  # somebody else confirmed this address first
        raise _email_exists() from None
    if updated.rowcount == 0:  # it was deleted since it was read
        raise _not_found()
    await conn.execute(queries.UPSERT_ACCOUNT, {**row, "updated_at": account.updated_at or account.created_at})


async def _by_email(conn: Connection, email: str) -> Account | None:
    return await _load(conn, queries.ACCOUNT_BY_EMAIL, email=email)


async def _load(conn: Connection, query: LiteralString, **params: object) -> Account | None:
    async with conn.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone()


def _email_exists() -> AuthError:
    return unprocessable("email_exists", "A user with this email address has already been registered")


def _not_found() -> AuthError:
    return AuthError(403, "user_not_found", "User from sub claim in JWT does not exist")
