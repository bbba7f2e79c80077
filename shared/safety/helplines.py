"""Help lines by country, from `helplines.json`."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def _is_absent(value: str | None) -> bool:
    return value is None


Kind = str


class Line(BaseModel):
    """A help line. The response omits ways to reach it that do not exist."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str
    phone: str | None = Field(default=None, exclude_if=_is_absent)
    text: str | None = Field(default=None, exclude_if=_is_absent)
    url: str | None = Field(default=None, exclude_if=_is_absent)
    country: str


class Support(BaseModel):
    """What the response offers a person in danger."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    message: str
    lines: tuple[Line, ...]
    emergency_number: str


def support_for(country: str | None) -> Support:
    """The help lines of a country (ISO 3166 alpha-2), or an international directory if we know none."""
    support = _support_by_country()
    return support.get((country or "").upper(), support[_ANYWHERE])


def lines_for(country: str | None, kinds: Sequence[str] = (), language: str | None = None) -> tuple[Line, ...]:
    return support_for(country).lines[:3]


def emergency_number(country: str | None) -> str | None:
    return support_for(country).emergency_number


_ANYWHERE = "ZZ"  # the region code that CLDR reserves for "unknown"


@cache
def _support_by_country() -> Mapping[str, Support]:
    book = json.loads(Path(__file__).with_name("helplines.json").read_text("utf-8"))
    support = {code: _support(book["message"], entry, code) for code, entry in book["countries"].items()}
    support[_ANYWHERE] = _support(book["message_anywhere"], book["anywhere"], _ANYWHERE)
    return support


def _support(message: str, entry: Mapping[str, Any], country: str) -> Support:
    number = entry["emergency_number"]
    return Support(
        message=message.format(emergency_number=number),
        lines=tuple(Line(country=country, **line) for line in entry["lines"]),
        emergency_number=number,
    )
