"""Renders errors as `application/problem+json` (RFC 9457)."""

import json

import psycopg
from starlette.responses import Response

from shared.consents import CONSENT_MISSING, ConsentNeeded
from shared.errors import MendError, Unauthenticated, Unavailable
from shared.http.problem_texts import in_language
from shared.languages import FALLBACK

PROBLEM_JSON = "application/problem+json"
ACCOUNT_ERASED = "PT401"  # the SQLSTATE of `mend.refuse_gone`
SIGNED_OUT = "PT402"  # the SQLSTATE of `mend.refuse_gone`, too
INVALID_TOKEN = {"WWW-Authenticate": 'Bearer realm="mend", error="invalid_token"'}
FOREIGN_KEY_TO_PERSON = "_user_id_fkey"


class AccountGone(Unauthenticated):
    """This account no longer exists."""

    code = "account_gone"


class AccountErased(Unauthenticated):
    """This account was erased, or is being erased."""

    code = "account_erased"


class SignedOut(Unauthenticated):
    """This session was signed out. Sign in again."""

    code = "signed_out"


def problem(error: MendError, request_id: str, language: str = FALLBACK) -> Response:
    """The error as a response. `detail` and the messages are in the language where they have a translation."""
    body: dict[str, object] = {
        "type": f"urn:mend:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": error.status,
        "detail": in_language(error.message, language),
        "code": error.code,
        "errors": [{"loc": list(fault.loc), "msg": in_language(fault.msg, language)} for fault in error.faults],
        "request_id": request_id,
        **error.members,
    }
    return Response(json.dumps(body), error.status, error.headers, PROBLEM_JSON)


def from_postgres(error: psycopg.Error) -> MendError | None:
    """The error for the caller, or None if the driver's error is a bug of ours."""
    constraint = error.diag.constraint_name or ""
    if isinstance(error, psycopg.errors.ForeignKeyViolation) and constraint.endswith(FOREIGN_KEY_TO_PERSON):
        return AccountGone(headers=INVALID_TOKEN)
    if error.sqlstate == ACCOUNT_ERASED:
        return AccountErased(headers=INVALID_TOKEN)
    if error.sqlstate == SIGNED_OUT:
        return SignedOut(headers=INVALID_TOKEN)
    if error.sqlstate == CONSENT_MISSING:
        return ConsentNeeded(error.diag.message_primary or "")
    if isinstance(error, psycopg.OperationalError):
        return Unavailable()
    return None
