"""An import is read from a body or from a form, whatever wrote the form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.checkin.diary_import import DiaryFile, DiaryUpload
from functions.checkin.errors import UnreadableImport

FORM = "multipart/form-data; boundary=b"

upload = DiaryUpload()
texts = st.text(st.characters(codec="utf-8"), max_size=30)


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b--\r\n"


@given(st.binary(max_size=300))
def test_a_bare_file_is_the_body(content: bytes) -> None:
    """Every byte of it, and nothing is mapped."""
    assert upload.read("text/csv; charset=utf-8", content) == DiaryFile(content, {})


@given(st.binary(max_size=300).filter(lambda content: b"--b" not in content), st.dictionaries(texts, texts))
def test_a_file_in_a_form_arrives_byte_for_byte(content: bytes, mapping: dict[str, str]) -> None:
    """Line ends, NULs and bytes that are no text pass through; the mapping comes with it."""
    body = form(part("file", content, '; filename="daylio.csv"'), part("mapping", json.dumps(mapping).encode()))

    assert upload.read(FORM, body) == DiaryFile(content, mapping)


def test_the_mapping_may_be_left_out() -> None:
    """A form with the file alone is enough."""
    assert upload.read(FORM, form(part("file", b"full_date"))) == DiaryFile(b"full_date", {})


@pytest.mark.parametrize("mapping", ["", "[]", "null", "7", '{"a": 7}', '{"a": null}', "{" * 100_000])
def test_a_mapping_is_an_object_of_texts(mapping: str) -> None:
    """Anything else is refused and named by its place."""
    with pytest.raises(UnreadableImport) as refused:
        upload.read(FORM, form(part("file", b"full_date"), part("mapping", mapping.encode())))

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
def test_a_form_is_read_or_refused(parameters: str, body: bytes) -> None:
    """However broken a form is, there is an answer to it."""
    try:
        found = upload.read(f"multipart/form-data{parameters}", body)
    except UnreadableImport:
        return
    assert isinstance(found.content, bytes)
