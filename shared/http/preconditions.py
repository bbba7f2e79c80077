"""Entity tags, and the preconditions `If-Match` and `If-None-Match` of a change (RFC 9110, section 13)."""

from collections.abc import Mapping
from hashlib import sha256

from shared.errors import MendError


class PreconditionFailed(MendError):
    """This is not as you read it: it was changed, created or deleted elsewhere. Read it again, then decide."""

    status, code = 412, "precondition_failed"


class PreconditionRequired(MendError):
    """This exists already. Send the ETag that you read as If-Match, so that no change of another device is lost."""

    status, code = 428, "precondition_required"


def etag(body: bytes) -> str:
    """The entity tag of a response with this body."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def lists(condition: str, tag: str) -> bool:
    """Whether the header lists this tag, or is `*`. Weak tags count, as a proxy that compresses makes ours weak."""
    return condition.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in condition.split(",")}


def check_preconditions(headers: Mapping[str, str], current: str | None) -> None:
    """Check a change of what has the tag `current`, or does not exist (None).

    Raises `PreconditionFailed`, or `PreconditionRequired` for a change of what exists without `If-Match`.
    """
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    if if_match is not None and not (current and lists(if_match, current)):
        raise PreconditionFailed
    if current and if_none_match is not None and lists(if_none_match, current):
        raise PreconditionFailed
    if current and if_match is None:
        raise PreconditionRequired
