"""Help lines and emergency numbers by country, from `helplines.json` and `emergency_numbers.json`."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["crisis", "text", "chat", "violence", "children", "poison", "lgbtq"]

CRISIS_KINDS: tuple[Kind, ...] = ("crisis", "text", "chat")
MAX_LINES = 3  # more choices are harder to choose from


def _is_absent(value: object) -> bool:
    return value is None


class Line(BaseModel):
    """A help line. The response omits what it does not have, or what we do not know of it."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str
    phone: str | None = Field(default=None, exclude_if=_is_absent)
    text: str | None = Field(default=None, exclude_if=_is_absent)
    whatsapp: str | None = Field(default=None, exclude_if=_is_absent)
    url: str | None = Field(default=None, exclude_if=_is_absent)
    country: str
    region: str | None = Field(default=None, exclude_if=_is_absent)
    kind: Kind
    hours: str | None = Field(default=None, exclude_if=_is_absent)  # in the syntax of OpenStreetMap's opening_hours
    languages: tuple[str, ...]
    cost: Literal["free", "local"] | None = Field(default=None, exclude_if=_is_absent)


def lines_for(
    country: str | None, kinds: Sequence[Kind] = (), language: str | None = None, last: Kind | None = None
) -> tuple[Line, ...]:
    """At most three help lines of a country (ISO 3166 alpha-2), the most suitable first.

    Two are of `kinds`, in that order, and one is for a crisis, as far as the country has them. Within a kind, lines
    that speak the language (BCP 47) come first. Without a crisis line, an international directory stands for it.
    The last choice is for a line of the kind `last`, if the country has one. A line that is `only` for what belongs to
    a kind, such as one for children about violence, is left out where that kind is not asked for.
    """
    lines = _lines((country or "").upper(), kinds)
    asked = _select(lines, kinds, language)
    crisis = _select(lines, [kind for kind in CRISIS_KINDS if kind not in kinds], language)
    final = _select(lines, [last] if last else [], language)[:1]
    room = MAX_LINES - len(final)
    return (*(*asked[: room - 1], *crisis, *asked[room - 1 :])[:room], *final)


def _select(lines: Sequence[Line], kinds: Sequence[Kind], language: str | None) -> list[Line]:
    spoken = (language or "").partition("-")[0].lower()
    of_kinds = [line for line in lines if line.kind in kinds]
    return sorted(of_kinds, key=lambda line: (kinds.index(line.kind), spoken not in line.languages))


def emergency_number(country: str | None, *, police: bool = False) -> str | None:
    """The number to call when a life is in danger, or None if we know none for the country.

    With `police`, it is that of the police, where an ambulance has another one.
    """
    code, numbers = (country or "").upper(), _emergency_numbers()
    number = numbers["numbers"].get(code)
    return numbers["police"].get(code, number) if police else number


@cache
def book() -> Mapping[str, Any]:
    """The content of `helplines.json`, with the source of each line."""
    content: Mapping[str, Any] = _read("helplines.json")
    return content


_ANYWHERE = "ZZ"  # the region code that CLDR reserves for "unknown"
UNCONFIRMED = "general knowledge; no copy was seen"  # the source of a line that waits for somebody to dial it


def _lines(country: str, kinds: Sequence[Kind]) -> list[Line]:
    entries = book()["countries"].get(country, ())
    lines = [
        Line(country=country, **entry)
        for entry in entries
        if entry["source"] != UNCONFIRMED and entry.get("only") in (None, *kinds)
    ]
    if any(line.kind in CRISIS_KINDS for line in lines):
        return lines
    return lines + [Line(country=_ANYWHERE, **entry) for entry in book()["anywhere"]]


@cache
def _emergency_numbers() -> Mapping[str, Mapping[str, str]]:
    numbers: Mapping[str, Mapping[str, str]] = _read("emergency_numbers.json")
    return numbers


def _read(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(Path(__file__).with_name(name).read_text("utf-8"))
