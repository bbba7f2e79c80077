"""The errors that a caller may see. A class has a status and a code, and its docstring is the default message."""

import inspect
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Self


class Sentence(str):
    """A sentence in English that may name values. People read its translation in `shared/http/texts`."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        message = super().__new__(cls, template.format_map(values))
        message.template, message.values = template, values
        return message


class RuleBroken(ValueError):
    """What a validator of a request raises, with a sentence for the caller. Of other errors, callers see no words."""

    def __init__(self, template: str, **values: object) -> None:
        self.sentence = Sentence(template, **values)
        super().__init__(self.sentence)


class Fault(NamedTuple):
    """One fault of a request: where it is and what is wrong, without the value."""

    loc: tuple[str | int, ...]
    msg: str


class MendError(Exception):
    """Something went wrong on our side."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(
        self,
        message: str | None = None,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or inspect.cleandoc(type(self).__doc__ or "")
        super().__init__(self.message)
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.members: Mapping[str, str] = {}  # what the problem has beside the members of all problems


class NotJson(MendError):
    """The body is not valid JSON."""

    status, code = 400, "not_json"


class Unauthenticated(MendError):
    """A valid bearer token is needed."""

    status, code = 401, "unauthenticated"


class TokenExpired(Unauthenticated):
    """The token has expired."""

    code = "token_expired"


class Forbidden(MendError):
    """You may not do this."""

    status, code = 403, "forbidden"


class SecondFactorRequired(Forbidden):
    """Admins must sign in with a second factor. Verify one, then send the access token of that session (aal2)."""

    code = "second_factor_required"


class NotFound(MendError):
    """This does not exist."""

    status, code = 404, "not_found"


class Conflict(MendError):
    """This conflicts with what is stored."""

    status, code = 409, "conflict"


class NoMoodYet(Conflict):
    """There is no check-in yet. Check in first, or name a mood."""

    code = "no_mood_yet"


class TooLarge(MendError):
    """The body is larger than this route accepts."""

    status, code = 413, "too_large"


class WrongMediaType(MendError):
    """This route does not accept that media type."""

    status, code = 415, "wrong_media_type"


class Invalid(MendError):
    """Part of the request is not valid."""

    status, code = 422, "invalid"


class DayAhead(Invalid):
    """This day has not begun where you are."""

    code = "day_ahead"


class TooManyRequests(MendError):
    """Too many requests: wait, then try again."""

    status, code = 429, "too_many_requests"


class Unavailable(MendError):
    """A service that we depend on cannot be reached. Try again shortly."""

    status, code = 503, "unavailable"

    def __init__(self, message: str | None = None, *, retry_after: int = 2) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after)})


class DeadlineExceeded(MendError):
    """The request took too long and was cancelled. Nothing was changed."""

    status, code = 504, "deadline_exceeded"
