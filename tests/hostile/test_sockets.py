"""Hostile use of sockets: wrong lengths, endless bodies, slow senders and disconnects."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from shared.settings import Settings
from tests.conftest import Clone, Issuer, sign_up
from tests.hostile.server import Served, serving

MIB = 1024 * 1024
POURED = 60 * MIB
MOST_GROWTH = 5 * MIB
SLOW_SENDERS = 200
CONTRADICTIONS = (
    ("Content-Length: -1",),
    ("Content-Length: 1e3",),
    ("Content-Length: " + "9" * 40,),
    ("Content-Length: 10", "Content-Length: 20"),
    ("Transfer-Encoding: gzip, chunked", "Content-Encoding: gzip"),
    ("Transfer-Encoding: chunked", "Content-Length: 5"),
    ("Transfer-Encoding: " + "x" * 100,),
)
NOISE = (
    b"\0" * 4096,
    b"\x16\x03\x01\x02\x00" * 100,
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)
DRAFT = json.dumps({"mood": "calm", "intensity": 5, "note": "A quiet day."}).encode()


@pytest.fixture
def token(database: Clone, issuer: Issuer) -> str:
    return issuer.token(sign_up(database))


@pytest.fixture
def checkin(settings: Settings) -> Iterator[Served]:
    with serving("checkin", settings) as served:
        yield served


def head(token: str, *headers: str, path: str = "/", media_type: str = "application/json") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: mend.example",
        f"Authorization: Bearer {token}",
        f"Content-Type: {media_type}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(connection: socket.socket) -> tuple[int, bytes]:
    """The status and the rest, after the server has closed the connection or stopped sending."""
    received = bytearray()
    connection.settimeout(20)
    with suppress(OSError):
        while chunk := connection.recv(65_536):
            received += chunk
            if b"0\r\n\r\n" in received or _complete(received):
                break
    return int(received.split(b" ", 2)[1]) if received else 0, bytes(received)


def _complete(received: bytes | bytearray) -> bool:
    top, separator, body = bytes(received).partition(b"\r\n\r\n")
    lengths = [int(line[15:]) for line in top.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return bool(separator) and bool(lengths) and len(body) >= lengths[0]


def pour(connection: socket.socket, total: int, *, chunked: bool) -> None:
    """Send everything, or until the server closes the connection."""
    block = b"x" * 65_536
    framed = b"%x\r\n%s\r\n" % (len(block), block) if chunked else block
    with suppress(OSError):
        for _ in range(total // len(block)):
            connection.sendall(framed)
        connection.sendall(b"0\r\n\r\n" if chunked else b"")


def test_sixty_megabytes_are_refused_and_leave_no_trace(checkin: Served, token: str) -> None:
    """A body far above the limit gets a 413 or a closed connection, and the server's memory grows by at most 5 MiB."""
    bodies = [
        (head(token, framing, path=path, media_type=media_type), framing.startswith("Transfer"))
        for path, media_type in (("/", "application/json"), ("/import", "text/csv"))
        for framing in ("Transfer-Encoding: chunked", f"Content-Length: {POURED}")
    ]
    assert _one_check_in(checkin, token) == 201  # it loads what all requests share
    first = [_poured(checkin, lines, chunked=chunked) for lines, chunked in bodies * 2]  # the allocator settles
    before = checkin.resident_bytes()
    later_statuses = [_poured(checkin, lines, chunked=chunked) for lines, chunked in bodies * 3]

    assert {*first, *later_statuses} <= {413, 0}
    assert 413 in later_statuses
    assert checkin.resident_bytes() - before <= MOST_GROWTH
    assert _one_check_in(checkin, token) == 201


def _poured(checkin: Served, request: bytes, *, chunked: bool) -> int:
    with checkin.connect() as connection:
        connection.sendall(request)
        pour(connection, POURED, chunked=chunked)
        return answer(connection)[0]


def _one_check_in(checkin: Served, token: str) -> int:
    with checkin.connect() as connection:
        connection.sendall(head(token, f"Content-Length: {len(DRAFT)}", "Connection: close") + DRAFT)
        return answer(connection)[0]


def test_a_body_shorter_than_it_claims_changes_nothing(checkin: Served, token: str, database: Clone) -> None:
    """An incomplete body has no effect."""
    for claimed in (len(DRAFT) + 1, MIB):
        with checkin.connect() as connection:
            connection.sendall(head(token, f"Content-Length: {claimed}") + DRAFT)

    assert _one_check_in(checkin, token) == 201
    assert database.value("SELECT count(*) FROM public.mood_entries") == 1


def test_a_body_longer_than_it_claims_is_not_read_on(checkin: Served, token: str, database: Clone) -> None:
    """The server reads only the declared length."""
    with checkin.connect() as connection:
        connection.sendall(head(token, "Content-Length: 10", "Connection: close") + DRAFT)
        status, rest = answer(connection)

    assert (status, b"application/problem+json" in rest) == (400, True)
    assert database.value("SELECT count(*) FROM public.mood_entries") == 0


def test_framing_that_contradicts_itself_is_refused(checkin: Served, token: str, database: Clone) -> None:
    """Ambiguous framing is refused."""
    for framing in CONTRADICTIONS:
        with checkin.connect() as connection:
            connection.sendall(head(token, *framing, "Connection: close") + DRAFT)
            status, _ = answer(connection)
        assert status == 0 or 400 <= status < 500, framing

    assert database.value("SELECT count(*) FROM public.mood_entries") == 0


def test_noise_is_refused(checkin: Served, token: str) -> None:
    """Bytes that are not HTTP cause no crash, and the next request is served."""
    for noise in NOISE:
        with checkin.connect() as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            status, _ = answer(connection)
            assert status == 0 or 400 <= status < 500

    assert _one_check_in(checkin, token) == 201


def test_slow_senders_hold_up_nobody(checkin: Served, token: str) -> None:
    """While 200 callers send slowly, others are served."""
    with ExitStack() as held:
        for number in range(SLOW_SENDERS):
            connection = held.enter_context(checkin.connect())
            part = head(token, "Content-Length: 100") + b"{" if number % 2 else b"POST / HTTP/1.1\r\nHost: m"
            connection.sendall(part)
        replies = [_one_check_in(checkin, token) for _ in range(10)]

    assert replies == [201] * 10
