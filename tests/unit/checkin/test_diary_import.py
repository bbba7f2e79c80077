"""An import is read from a bare body or from a form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.checkin.diary_import import DiaryBody, DiaryFile
from shared.http.uploads import UnreadableImport

FORM = "multipart/form-data; boundary=b"

diary_body = DiaryBody()
texts = st.text(st.characters(codec="utf-8"), max_size=30)


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b--\r\n"


@given(st.binary(max_size=300))
def test_a_body_of_csv_is_the_file(content: bytes) -> None:
    """Every byte is passed on, and the mapping is empty."""
    assert diary_body.read("text/csv; charset=utf-8", content) == DiaryFile(content, {}, {})


@given(st.binary(max_size=300).filter(lambda content: b"--b" not in content), st.dictionaries(texts, texts))
def test_a_file_in_a_form_arrives_byte_for_byte(content: bytes, mapping: dict[str, str]) -> None:
    """Line ends, NULs and bytes that are not text are passed on, together with the mapping."""
    body = form(part("file", content, '; filename="daylio.csv"'), part("mapping", json.dumps(mapping).encode()))

    assert diary_body.read(FORM, body) == DiaryFile(content, mapping, {})


def test_the_mapping_is_optional() -> None:
    """A form with the file alone is valid."""
    assert diary_body.read(FORM, form(part("file", b"full_date"))) == DiaryFile(b"full_date", {}, {})


@pytest.mark.parametrize("mapping", ["", "[]", "null", "7", '{"a": 7}', '{"a": null}', "{" * 100_000])
def test_a_mapping_is_an_object_of_strings(mapping: str) -> None:
    """Anything else is refused, with the location of the error."""
    with pytest.raises(UnreadableImport) as refused:
        diary_body.read(FORM, form(part("file", b"full_date"), part("mapping", mapping.encode())))

    assert [fault.loc for fault in refused.value.faults] == [("body", "mapping")]


@given(
    st.sampled_from(["", "; boundary=b", '; boundary="b', "; boundary=", "; boundary=b; boundary=c", "; charset=x"])
    | st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30).map(lambda text: f"; {text}"),
    st.lists(
        st.sampled_from(
            [b"--b", b"--b--", b"\r\n", b"\n\n", b"Content-Disposition: ", b"form-data; name=file", b"name*0*="]
        )
        | st.sampled_from(
            [b"Content-Type: multipart/mixed; boundary=b", b"Content-Transfer-Encoding: base64", b'"', b";"]
        )
        | st.binary(max_size=10),
        max_size=20,
    ).map(b"".join),
)
def test_any_form_is_read_or_refused(parameters: str, body: bytes) -> None:
    """A malformed form raises `UnreadableImport` and nothing else."""
    try:
        file = diary_body.read(f"multipart/form-data{parameters}", body)
    except UnreadableImport:
        return
    assert isinstance(file.content, bytes)
