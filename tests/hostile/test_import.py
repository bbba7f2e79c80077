"""Invalid files for the import."""

from tests.hostile.conftest import Stage
from tests.hostile.refusals import CANARY, Attempt, assert_refused
from tests.hostile.routes import CSV, every_route
from tests.hostile.wire import Header

ROUTES = [route for route in every_route() if route.media_type == "text/csv"]
ROUTE = next(route for route in ROUTES if route.function == "checkin")
HEADING = CSV.splitlines(keepends=True)[0]
FORM: Header = (b"content-type", b"multipart/form-data; boundary=b")

NOT_EXPORTS = {
    "nothing": b"",
    "a word": CANARY.encode(),
    "JSON": b'{"' + CANARY.encode() + b'": 1}',
    "NULs": b"\0" * 1000,
    "half of UTF-16": b"\xff\xfe" + CANARY.encode() + b"\0",
    "a zip": b"PK\x03\x04" + bytes(range(256)) * 10,
    "a PDF": b"%PDF-1.7 " + CANARY.encode(),
    "one endless line": b"x" * 1024 * 1024,
    "only delimiters": b"," * 1024 * 1024,
    "only quotes": b'"' * 1024 * 1024,
}
BAD_ROWS = {
    "no such day": b"2026-02-30,Friday,10:00,good,,,",
    "no such hour": b"2026-01-02,Friday,25:61,good,,,",
    "year 0": b"0000-01-01,Friday,10:00,good,,,",
    "year 1": b"0001-01-01,Friday,00:00,good,,,",
    "year 9999": b"9999-12-31,Friday,23:59,good,,,",
    "a NUL": b"2026-01-02,Friday,10:00,good,,,a\0b",
    "an open quote": b'2026-01-02,Friday,10:00,good,,,"' + CANARY.encode(),
    "digits of elsewhere": "\uff19\uff19\uff19\uff19-\u0660\u0661-02,Friday,10:00,good,,,".encode(),
    "an endless note": b"2026-01-02,Friday,10:00,good,,," + CANARY.encode() * 10_000,
    "an endless number": b"9" * 5000 + b"-01-02,Friday,10:00,good,,,",
}
NO_TEXT = {
    "not UTF-8": b"2026-01-02,Friday,10:00,good,,,\xff\xfe",
    "bytes of no letter": b"2026-01-02,Friday,10:00,good,,,\x81\x8d",
}
NOT_FORMS = {
    "nothing": b"",
    "no parts": CANARY.encode(),
    "no end": b'--b\r\nContent-Disposition: form-data; name="' + CANARY.encode(),
    "no file": b'--b\r\nContent-Disposition: form-data; name="mapping"\r\n\r\n{}\r\n--b--\r\n',
    "no name": b"--b\r\n\r\n" + CSV + b"\r\n--b--\r\n",
    "a hundred thousand parts": b"--b\r\n\r\n\r\n" * 10_000 + b"--b--",
    "forms in forms": b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n--b--\r\n",
}
NOT_MAPPINGS = (
    b"",
    CANARY.encode(),
    b"[]",
    b"null",
    b'{"' + CANARY.encode() + b'": 1}',
    b'{"blah": "' + CANARY.encode() + b'"}',
    b'{"blah": "sad:11"}',
    b'{"blah": "sad:"}',
    b"[" * 100_000,
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"a": NaN}',
    b"\xff\xfe\xff",
    b'{"a": "\\ud800"}',
)


def form(file: bytes, mapping: bytes) -> bytes:
    parts = {b"file": file, b"mapping": mapping}
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    return b"".join(head % part for part in parts.items()) + b"--b--\r\n"


async def test_a_file_that_is_no_export_is_refused(stage: Stage) -> None:
    """Any bytes that are not an export get a 422."""
    attempts = [
        Attempt(what, route, stage.request(route, file), {415, 422})
        for route in ROUTES
        for what, file in NOT_EXPORTS.items()
    ]
    await assert_refused(stage, attempts)


async def test_a_form_that_is_no_form_is_refused(stage: Stage) -> None:
    """A form has a part named `file`."""
    attempts = [
        Attempt(what, route, stage.request(route, body, FORM), {422})
        for route in ROUTES
        for what, body in NOT_FORMS.items()
    ]
    types = (
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=\xff" + b"x" * 5000,
    )
    attempts += [
        Attempt(repr(t[:60]), ROUTE, stage.request(ROUTE, form(CSV, b"{}"), (b"content-type", t)), {422}) for t in types
    ]

    await assert_refused(stage, attempts)


async def test_a_mapping_that_maps_nothing_is_refused(stage: Stage) -> None:
    """A mapping must be a JSON object from mood names to our moods."""
    attempts = [Attempt(repr(m[:40]), ROUTE, stage.request(ROUTE, form(CSV, m), FORM), {422}) for m in NOT_MAPPINGS]
    await assert_refused(stage, attempts)


async def test_a_row_that_cannot_be_read_is_told_by_its_line_and_imports_nothing(stage: Stage) -> None:
    """The error has the line of each invalid row, not its content."""
    before = stage.checksum()
    for what, row in BAD_ROWS.items():
        reply = await stage.send(ROUTE, stage.request(ROUTE, HEADING + row + b"\n"))
        assert (reply.status, reply.mentions(CANARY)) == (200, False), what
        assert (reply.json["imported"], [fault["line"] for fault in reply.json["errors"]]) == (0, [2]), what

    assert stage.checksum() == before


async def test_a_file_in_no_encoding_is_refused_whole(stage: Stage) -> None:
    """Neither UTF-8 nor what Excel saves in the West: nobody can tell which letters were meant."""
    before = stage.checksum()
    for what, row in NO_TEXT.items():
        reply = await stage.send(ROUTE, stage.request(ROUTE, HEADING + row + b"\n"))
        assert (reply.status, "UTF-8" in reply.json["detail"]) == (422, True), what

    assert stage.checksum() == before
