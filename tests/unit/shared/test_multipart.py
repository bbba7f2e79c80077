"""A form is read for what clients send, and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.multipart import MOST_PARTS, read_form

FORM = "multipart/form-data; boundary=b"


def part(name: str, content: bytes) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + b"\r\n"


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.binary(max_size=99), max_size=MOST_PARTS))
def test_every_part_arrives_byte_for_byte(parts: dict[str, bytes]) -> None:
    """Contents may be any bytes except the boundary."""
    clean = {name: content for name, content in parts.items() if b"--b" not in content}

    assert read_form(FORM, b"".join(part(*each) for each in clean.items()) + b"--b--\r\n") == clean


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form",
        part("file", b"x"),
        part("file", b"x") * (MOST_PARTS + 1) + b"--b--\r\n",
        part("file", b"x") * 100_000 + b"--b--\r\n",
    ],
    ids=["empty", "no boundary", "no end", "a part too many", "a flood of parts"],
)
def test_an_invalid_form_is_empty(body: bytes) -> None:
    """A form without its end may be incomplete, and none of our forms has many parts."""
    assert read_form(FORM, body) == {}


def test_a_part_without_a_name_is_ignored() -> None:
    """The parser searches for a name in a short head only."""
    long_head = b"--b\r\nx: " + b"y" * 2000 + b'\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n'

    assert read_form(FORM, b"--b\r\n\r\nx\r\n" + long_head + b"--b--\r\n") == {}
