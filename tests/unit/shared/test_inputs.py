"""How large JSON bodies are read."""

import json

import pytest
from pydantic import JsonValue

from shared.errors import Invalid, NotJson
from shared.http import JsonBody, RequestModel
from shared.http.inputs import LARGE_BODY, MOST_MEMBERS


class Anything(RequestModel):
    value: JsonValue


BODY = JsonBody(Anything)


def read(body: object) -> JsonValue:
    return BODY.read("application/json", json.dumps(body).encode()).value


def test_a_large_body_of_few_fields_is_read() -> None:
    """Signs within texts are no fields, also after escaped characters."""
    text = '\\": {"a": {' * LARGE_BODY

    assert read({"value": text}) == text


def test_as_many_fields_as_the_limit_are_read() -> None:
    """The name of the value counts as well."""
    many = {f"a field {number}".ljust(20): 0 for number in range(MOST_MEMBERS - 1)}

    assert read({"value": many}) == many


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (rb"cut \ud83d", "cut \ufffd"),
        (rb"\uDE00 cut", "\ufffd cut"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\\ud83d \ud83d", "\\ud83d \ufffd"),
    ],
)
def test_half_an_emoji_costs_no_other_word(written: bytes, text: str) -> None:
    """Some apps cut a text within an emoji. What else it says is read, and a whole emoji stays."""
    assert BODY.read("application/json", b'{"value": "%s"}' % written).value == text


@pytest.mark.parametrize("broken", [rb'{"value": "\ud8"}"}', rb'{"value": "\ud83d', rb'{"value": \ud83d}'])
def test_half_an_emoji_excuses_nothing_else(broken: bytes) -> None:
    """What is no JSON for another reason stays so."""
    with pytest.raises(NotJson):
        BODY.read("application/json", broken)


@pytest.mark.parametrize("parts", [1, 200])
def test_thousands_of_fields_are_refused_as_a_whole(parts: int) -> None:
    """Wherever they stand, the only fault says so."""
    each = [{f"a field {number}".ljust(20): 0 for number in range(MOST_MEMBERS // parts)} for _ in range(parts)]

    with pytest.raises(Invalid) as refusal:
        read({"value": each})

    assert [fault.msg for fault in refusal.value.faults] == ["This has more than 5,000 fields."]


def test_a_large_body_that_is_nested_too_deeply_is_no_json() -> None:
    """As for a small one."""
    for size in (1_000, 100_000):
        with pytest.raises(NotJson):
            BODY.read("application/json", b'{"value":' * size + b"0" + b"}" * size)
