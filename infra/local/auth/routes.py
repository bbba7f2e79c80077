"""The routes of Supabase Auth (GoTrue), as supabase-js and supabase-py call them, for the local stack only."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import jwt
import psycopg
from psycopg import AsyncConnection
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local.auth import accounts, codes, sessions
from infra.local.auth.accounts import Connection
from infra.local.auth.codes import Reader
from infra.local.auth.errors import AuthError, invalid_request
from infra.local.auth.models import Account, AuthRequest, user_of
from infra.local.auth.sessions import Device
from shared import logs
from shared.errors import Unauthenticated
from shared.services import Services
from shared.settings import LOOPBACK

PREFIX = "/auth/v1"
API_VERSION = "x-supabase-api-version"
ERRORS_WITH_CODES = "2024-01-01"  # the first version of the API that names errors in `code`
SCOPES = ("global", "local", "others")
SETTINGS = {
    "external": {"anonymous_users": True, "email": True, "phone": False},
    "disable_signup": False,
    "mailer_autoconfirm": False,
    "phone_autoconfirm": False,
    "sms_provider": "",
    "saml_enabled": False,
}
NOT_HERE = "The local stack signs in by email and password, by email code, or anonymously."


@dataclass(frozen=True)
class AuthCall:
    """A request in its own transaction."""

    services: Services
    request: Request
    body: AuthRequest
    conn: Connection

    @property
    def reader(self) -> Reader:
        """Where the link of a mail leads: here, and from here to the app."""
        target = _redirect_target(self.services, self.request.query_params.get("redirect_to", ""))
        url = f"{self.services.settings.public_url}{PREFIX}/verify?{urlencode({'redirect_to': target})}"
        return Reader(url, self.request.headers.get("accept-language"))

    @property
    def device(self) -> Device:
        client = self.request.client
        return Device(self.request.headers.get("user-agent"), client.host if client else None)

    async def signed_in(self) -> tuple[Account, UUID | None]:
        """The account of the access token, and its session. A token of `mend token` has none. Raises `AuthError`."""
        header = self.request.headers.get("authorization")
        if not header:
            raise AuthError(401, "no_authorization", "This endpoint requires a valid Bearer token")
        try:
            person = await self.services.authenticator.person(header)
        except Unauthenticated:
            message = "invalid JWT: unable to parse or verify signature, or the token has expired"
            raise AuthError(403, "bad_jwt", message) from None
        claims = jwt.decode(header.partition(" ")[2], options={"verify_signature": False})
        session = UUID(claims["session_id"]) if claims.get("session_id") else None
        account = await accounts.by_id(self.conn, person.id)
        if session and not await sessions.exists(self.conn, person.id, session):
            raise AuthError(403, "session_not_found", "Session from session_id claim in JWT does not exist")
        return account, session


Handler = Callable[[AuthCall], Awaitable[Response]]


def auth_routes(services: Services, dsn: str) -> list[BaseRoute]:
    """The routes, or none if a Supabase project signs people in. `dsn` names the owner of the database."""
    if services.settings.supabase_url:
        return []

    def route(path: str, method: str, handler: Handler) -> Route:
        return Route(PREFIX + path, partial(_answer, services, dsn, handler), methods=[method])

    return [
        route("/signup", "POST", _sign_up),
        route("/token", "POST", _token),
        route("/otp", "POST", _send_code),
        route("/magiclink", "POST", _send_code),
        route("/resend", "POST", _send_again),
        route("/recover", "POST", _recover),
        route("/verify", "POST", _verify),
        route("/verify", "GET", _open_link),
        route("/user", "GET", _user),
        route("/user", "PUT", _change_user),
        route("/logout", "POST", _sign_out),
        route("/settings", "GET", _settings),
        route("/health", "GET", _health),
        route("/.well-known/jwks.json", "GET", _keys),
        Route(PREFIX + "/{path:path}", _unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


async def _answer(services: Services, dsn: str, handler: Handler, request: Request) -> Response:
    try:
        body = AuthRequest.model_validate_json(await request.body() or b"{}")
        async with await AsyncConnection.connect(dsn) as conn:
            return await handler(AuthCall(services, request, body, conn))
    except ValidationError:
        return _failure(AuthError(400, "bad_json", "Could not parse request body as JSON"), request)
    except psycopg.DataError:  # such as a NUL, which Postgres cannot store
        return _failure(invalid_request("A value cannot be stored"), request)
    except psycopg.OperationalError:
        return _failure(AuthError(503, "unexpected_failure", "Postgres cannot be reached"), request)
    except AuthError as error:
        return _failure(error, request)


async def _sign_up(call: AuthCall) -> Response:
    if call.body.email or call.body.phone:
        return JSONResponse(await accounts.sign_up(call.conn, call.body, call.reader))
    account = await accounts.sign_up_anonymously(call.conn, call.body)
    return await _begin_session(call, account, "anonymous")


async def _token(call: AuthCall) -> Response:
    match call.request.query_params.get("grant_type"):
        case "password":
            account = await accounts.with_password(call.conn, call.body)
            return await _begin_session(call, account, "password")
        case "refresh_token":
            settings = call.services.settings
            row, token = await sessions.refresh(call.conn, settings, call.body.refresh_token or "")
            account = await accounts.by_id(call.conn, row.user_id)
            return JSONResponse(sessions.continued(settings, account, row, token))
        case "pkce":
            verifier = call.body.code_verifier or ""
            code = await codes.take_auth_code(call.conn, call.body.auth_code or "", verifier)
            return await _begin_session(call, await accounts.by_id(call.conn, code.user_id), "otp")
    raise invalid_request(f"unsupported_grant_type. {NOT_HERE}")


async def _send_code(call: AuthCall) -> Response:
    await accounts.send_code(call.conn, call.body, call.reader)
    return JSONResponse({})


async def _send_again(call: AuthCall) -> Response:
    await accounts.send_again(call.conn, call.body, call.reader)
    return JSONResponse({})


async def _recover(call: AuthCall) -> Response:
    await accounts.send_recovery(call.conn, call.body, call.reader)
    return JSONResponse({})


async def _verify(call: AuthCall) -> Response:
    body = call.body
    token_hash = body.token_hash
    if token_hash is None:
        token_hash = codes.hash_of(accounts.normal_address(body.email or ""), body.token or "")
    code = await codes.take(call.conn, token_hash, body.type)
    return await _begin_session(call, await accounts.confirm(call.conn, code), "otp")


async def _open_link(call: AuthCall) -> Response:
    """Confirm an address by the link of a mail, and lead to the app with tokens, or with an authorization code."""
    if call.request.method == "HEAD":  # a preview of the link, which must not use it up
        return Response()
    query = call.request.query_params
    target = _redirect_target(call.services, query.get("redirect_to", ""))
    try:
        code = await codes.take(call.conn, query.get("token", ""), query.get("type", ""))
        account = await accounts.confirm(call.conn, code)
    except AuthError as error:
        await call.conn.rollback()
        failure = {"error": "access_denied", "error_code": error.code, "error_description": str(error)}
        return RedirectResponse(f"{target}#{urlencode(failure)}", 303)
    if code.code_challenge:
        auth_code = await codes.issue_auth_code(call.conn, code)
        separator = "&" if urlsplit(target).query else "?"
        return RedirectResponse(f"{target}{separator}{urlencode({'code': auth_code})}", 303)
    account = await accounts.signed_in(call.conn, account)
    session = await sessions.begin(call.conn, call.services.settings, account, "otp", call.device)
    del session["user"]
    return RedirectResponse(f"{target}#{urlencode({**session, 'type': query.get('type', '')})}", 303)


async def _user(call: AuthCall) -> Response:
    account, _ = await call.signed_in()
    return JSONResponse(user_of(account))


async def _change_user(call: AuthCall) -> Response:
    account, session = await call.signed_in()
    account = await accounts.change(call.conn, account, call.body, call.reader)
    if call.body.password is not None:
        await sessions.end(call.conn, account.id, session, "others")
    return JSONResponse(user_of(account))


async def _sign_out(call: AuthCall) -> Response:
    scope = call.request.query_params.get("scope", "global")
    if scope not in SCOPES:
        raise invalid_request(f'Unsupported logout scope "{scope}"')
    account, session = await call.signed_in()
    await sessions.end(call.conn, account.id, session, scope)
    return Response(status_code=204)


async def _settings(_: AuthCall) -> Response:
    return JSONResponse(SETTINGS)


async def _health(_: AuthCall) -> Response:
    return JSONResponse({"name": "GoTrue", "version": "local", "description": "The sign-in of the local stack"})


async def _keys(call: AuthCall) -> Response:
    return FileResponse(call.services.settings.mend_home / "jwks.json", media_type="application/json")


async def _unknown(request: Request) -> Response:
    return _failure(AuthError(404, "not_found", f"{request.url.path} is not served here. {NOT_HERE}"), request)


async def _begin_session(call: AuthCall, account: Account, method: str) -> Response:
    account = await accounts.signed_in(call.conn, account)
    return JSONResponse(await sessions.begin(call.conn, call.services.settings, account, method, call.device))


def _redirect_target(services: Services, wanted: str) -> str:
    """Where a link leads after its code was used: an app's own scheme, this machine, a CORS origin, or our page."""
    address = urlsplit(wanted)
    origin = f"{address.scheme}://{address.netloc}"
    is_app = bool(address.scheme and address.netloc) and address.scheme not in ("http", "https", "javascript", "data")
    if is_app or address.hostname in LOOPBACK or origin in services.settings.cors_origins:
        return wanted.partition("#")[0]
    if wanted:
        logs.warn("redirect_dropped", origin=origin, allowed_by="CORS_ORIGINS")
    return f"{services.settings.public_url}/"


def _failure(error: AuthError, request: Request) -> Response:
    """Clients that name a version of the API get the code as `code`, others as `error_code`."""
    body: dict[str, Any] = {"code": error.status, "error_code": error.code, "msg": str(error)}
    headers: dict[str, str] = {}
    if request.headers.get(API_VERSION, "") >= ERRORS_WITH_CODES:
        body = {"code": error.code, "message": str(error)}
        headers[API_VERSION] = ERRORS_WITH_CODES
    if error.weaknesses:
        body["weak_password"] = {"reasons": list(error.weaknesses)}
    return Response(json.dumps(body), error.status, headers, "application/json")
