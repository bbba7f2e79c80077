"""Errors as Supabase Auth answers them: clients act on the status and the code."""

from collections.abc import Sequence


class AuthError(Exception):
    def __init__(self, status: int, code: str, message: str, *, weaknesses: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.weaknesses = weaknesses  # of a password


def invalid_request(message: str) -> AuthError:
    return AuthError(400, "validation_failed", message)


def unprocessable(code: str, message: str) -> AuthError:
    return AuthError(422, code, message)


def code_expired() -> AuthError:
    return AuthError(403, "otp_expired", "Token has expired or is invalid")


def already_used() -> AuthError:
    return AuthError(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
