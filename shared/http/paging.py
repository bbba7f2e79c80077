"""Cursors: the place where a page ended, in one list of one person."""

import base64
import binascii
from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar

from shared.errors import Invalid

A = TypeVar("A")
B = TypeVar("B")


class ForgedCursor(Invalid):
    """This cursor is not one of ours. Start again without it."""

    code = "bad_cursor"


def cursor_after(place: tuple[object, object], of: object) -> str:
    """`of` tells the list: whose it is, and what was asked for."""
    first, second = place
    text = f"{first} {second}"
    return base64.urlsafe_b64encode(f"{text} {_mark(text, of)}".encode()).decode()


def place_of(cursor: str, of: object, first: Callable[[str], A], second: Callable[[str], B]) -> tuple[A, B]:
    try:
        one, two, mark = base64.b64decode(cursor, b"-_", validate=True).decode("ascii").split(" ")
        if mark != _mark(f"{one} {two}", of):
            raise ForgedCursor
        return first(one), second(two)
    except (binascii.Error, ValueError):
        raise ForgedCursor from None


def _mark(place: str, of: object) -> str:
    """Ties a cursor to its list. No secret: a cursor is only ever a place in what one may read anyway."""
    return sha256(f"{place} {of!r}".encode()).hexdigest()[:12]
