"""Hostile bodies. Every route with a body refuses them, quickly and without effect."""

import json
from collections.abc import Callable, Iterator

from tests.hostile.conftest import Stage
from tests.hostile.refusals import CANARY, Attempt, assert_refused
from tests.hostile.routes import MOMENT, ZONE, Json, Place, Route, every_route, leaves, objects, replaced
from tests.hostile.wire import CHUNK, Header

JSON_ROUTES = [route for route in every_route() if route.takes_json]
BODY_ROUTES = [route for route in every_route() if route.media_type]

DEEP = 100_000
LONGEST_REFUSAL = 128 * 1024
NOT_JSON = {
    "nothing": b"",
    "a word": CANARY.encode(),
    "half of it": b'{"' + CANARY.encode(),
    "two values": b'{} {"' + CANARY.encode() + b'": 1}',
    "a comment": b"{} // " + CANARY.encode(),
    "invalid UTF-8": b'{"note": "\xff\xfe ' + CANARY.encode() + b'"}',
    "UTF-8 of a surrogate": b'{"note": "\xed\xa0\x80"}',
    "an overlong NUL": b'{"note": "\xc0\x80"}',
    "UTF-16": json.dumps({"mood": CANARY}).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a raw NUL": b'{"note": "\x00"}',
    "a raw line break": b'{"note": "\n"}',
    "deep lists": b"[" * DEEP,
    "deep closed lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "deep closed objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep lists in a field": b'{"entries":[' + b"[" * DEEP + b"]" * DEEP + b"]}",
    "a bare minus": b"-",
    "a leading zero": b'{"intensity": 007}',
}
ALL_OPTIONAL = {
    "account PUT /age-signal",
    "companion POST /conversations",
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/regenerate",
}
NOT_AN_OBJECT = (b"null", b"true", b"7", b'"' + CANARY.encode() + b'"', b"[]", b"[{}]", b"{}")
NO_NAME = f"I feel {CANARY}"  # any text, where the name of a field should be
WRONG_TYPES: tuple[Json, ...] = ({CANARY: 1}, [[CANARY]], 1.5)
ODD_NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "1" + "0" * 400,
    "1" + "0" * 5000,
    "9223372036854775808",
)
ODD_MOMENTS = (
    "2026-02-30T10:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "2016-12-31T23:59:60Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T24:00:01Z",
    "2026-01-01T10:00:00",
    "2026-01-01T10:00:00+99:00",
    "-2026-01-01T10:00:00Z",
    "+12026-01-01T10:00:00Z",
    "2026-01-01",
    "1e400",
    CANARY,
)
ODD_ZONES = ("Mars/Olympus", "../../etc/passwd", "/etc/localtime", "localtime", "Factory", "europe/berlin ", "", CANARY)


def _with(route: Route, place: Place, literal: str) -> bytes:
    """The body with a literal that `json` cannot write."""
    return json.dumps(replaced(route.body(), place, "@")).replace('"@"', literal).encode()


def _each(
    routes: list[Route], bodies: Callable[[Route], Iterator[tuple[str, bytes]]]
) -> Iterator[tuple[Route, str, bytes]]:
    return ((route, what, body) for route in routes for what, body in bodies(route))


async def _assert_refused(stage: Stage, bodies: Callable[[Route], Iterator[tuple[str, bytes]]], *statuses: int) -> None:
    attempts = _each(JSON_ROUTES, bodies)
    await assert_refused(stage, [Attempt(what, r, stage.request(r, body), set(statuses)) for r, what, body in attempts])


async def test_what_is_not_json_is_refused(stage: Stage) -> None:
    """A body that is not JSON in UTF-8, or is nested too deeply, gets a 400. So does none where one is needed."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        may_be_missing = str(route) in ALL_OPTIONAL
        return ((what, body) for what, body in NOT_JSON.items() if body or not may_be_missing)

    await _assert_refused(stage, bodies, 400)


async def test_json_that_is_no_object_is_refused(stage: Stage) -> None:
    """A list, a scalar or an empty object gets a 422. An empty object does not where every field has a default."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        accepted = {b"{}"} if str(route) in ALL_OPTIONAL else set()
        return ((body.decode(), body) for body in NOT_AN_OBJECT if body not in accepted)

    await _assert_refused(stage, bodies, 422)


async def test_a_value_of_the_wrong_type_is_refused_wherever_it_stands(stage: Stage) -> None:
    """Every field refuses values of other types."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        for place, value in leaves(route.body()):
            for wrong in WRONG_TYPES:
                if type(wrong) is not type(value):
                    yield f"{place} = {wrong}", json.dumps(replaced(route.body(), place, wrong)).encode()

    await _assert_refused(stage, bodies, 422)


async def test_a_field_that_is_not_known_is_refused_wherever_it_stands(stage: Stage) -> None:
    """An unknown field is refused in every object. A name that no field could have is not repeated."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        for place in objects(route.body()):
            for value in (1, CANARY, None):
                yield f"{place}", json.dumps(replaced(route.body(), (*place, NO_NAME), value)).encode()

    await _assert_refused(stage, bodies, 422)


async def test_a_number_beyond_all_bounds_is_refused_wherever_it_stands(stage: Stage) -> None:
    """NaN, infinities and numbers of thousands of digits are refused in every field."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        for place, _ in leaves(route.body()):
            for literal in ODD_NUMBERS:
                yield f"{place} = {literal[:20]}", _with(route, place, literal)
        for literal in ODD_NUMBERS:
            yield f"unknown = {literal[:20]}", _with(route, (NO_NAME,), literal)
            yield f"all = {literal[:20]}", literal.encode()

    await _assert_refused(stage, bodies, 400, 422)


async def test_a_nul_is_refused_in_every_text(stage: Stage) -> None:
    """Postgres stores no NUL, so no field of a request may hold one."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        for place, value in leaves(route.body()):
            if isinstance(value, str):
                for text in ("\0", f"\0{value}", f"{value}\0{CANARY}"):
                    yield f"{place}", json.dumps(replaced(route.body(), place, text)).encode()

    await _assert_refused(stage, bodies, 422)


async def test_a_text_without_end_is_refused(stage: Stage) -> None:
    """No text field accepts 100,000 characters."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        for place, value in leaves(route.body()):
            if isinstance(value, str):
                yield f"{place}", json.dumps(replaced(route.body(), place, CANARY * 10_000)).encode()

    await _assert_refused(stage, bodies, 422)


async def test_no_such_moment_and_no_such_zone_are_refused(stage: Stage) -> None:
    """Invalid dates and times, dates out of range and unknown time zones are refused."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        for place, value in leaves(route.body()):
            odd = {MOMENT: ODD_MOMENTS, ZONE: ODD_ZONES}.get(value if isinstance(value, str) else "", ())
            for text in odd:
                yield f"{place} = {text}", json.dumps(replaced(route.body(), place, text)).encode()

    await _assert_refused(stage, bodies, 422)


async def test_an_id_that_is_no_uuid_is_refused(stage: Stage) -> None:
    """An id must be a UUID."""
    odd = ("", "0", CANARY, "00000000-0000-0000-0000-00000000000g", "1" * 33, "'; DROP TABLE public.mood_entries; --")

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        for place, _ in leaves(route.body()):
            if place[-1] == "id":
                for text in odd:
                    yield f"{place} = {text}", json.dumps(replaced(route.body(), place, text)).encode()

    await _assert_refused(stage, bodies, 422)


async def test_a_body_of_nothing_but_faults_is_refused_in_a_few_words(stage: Stage) -> None:
    """The response to a body with very many faults is small."""
    many = b"{" + b",".join(b'"%d":0' % n for n in range(90_000)) + b"}"
    long_list = b'{"entries":[' + b"0," * 500_000 + b"0]}"
    factors = b'{"mood":"sad","intensity":5,"factors":[' + b"0," * 500_000 + b"0]}"
    entry = b'{"mood":"sad","intensity":5,"factors":[' + b"0," * 500 + b"0]}"
    batch = b'{"entries":[' + b",".join([entry] * 200) + b"]}"
    entry = b"{" + b",".join(b'"%d":0' % n for n in range(500)) + b"}"
    names = b'{"entries":[' + b",".join([entry] * 200) + b"]}"
    bodies = {"unknown fields": many, "entries": long_list, "factors": factors, "batch": batch, "names": names}
    attempts = [Attempt(w, r, stage.request(r, b), {422}) for r in JSON_ROUTES for w, b in bodies.items()]
    for attempt in attempts:
        assert len((await stage.send(attempt.route, attempt.request)).body) < LONGEST_REFUSAL

    await assert_refused(stage, attempts)


async def test_a_name_given_twice_counts_for_nothing_or_for_its_last_value(stage: Stage) -> None:
    """If a name is repeated, the last value is validated."""

    def bodies(route: Route) -> Iterator[tuple[str, bytes]]:
        for name in route.body():
            yield (
                name,
                json.dumps(route.body())[:-1].encode() + b', "%s": {"%s": 1}}' % (name.encode(), NO_NAME.encode()),
            )

    await _assert_refused(stage, bodies, 400, 422)


async def test_more_than_a_route_reads_is_refused(stage: Stage) -> None:
    """A body above the limit gets a 413, with or without a Content-Length, and is not read to its end."""
    attempts = []
    for route in BODY_ROUTES:
        filler = (CANARY * (60 * 1024 * 1024 // len(CANARY)) if route.takes_json else "x" * 60 * 1024 * 1024).encode()
        for what, body in {"by one": filler[: route.max_bytes + 1], "by far": filler}.items():
            for declares in (True, False):
                request = stage.request(route, body, declares_length=declares)
                attempts.append(Attempt(f"too large {what}", route, request, {413}))
                reply = await stage.send(route, request)
                assert reply.bytes_read <= (0 if declares else route.max_bytes + CHUNK), (str(route), what)

    await assert_refused(stage, attempts)


async def test_a_length_that_is_no_length_is_refused(stage: Stage) -> None:
    """An invalid Content-Length is refused."""
    attempts = [
        Attempt(f"length {odd[:20]}", r, stage.request(r, r.content(), _length(odd), declares_length=False), {413})
        for r in BODY_ROUTES
        for odd in ("-1", "1e3", "0x10", "", "\u0661\u0662", "9" * 40, "9" * 5000, CANARY)
    ]
    await assert_refused(stage, attempts)


async def test_a_length_that_lies_does_not_lift_the_cap(stage: Stage) -> None:
    """A body that is longer than its Content-Length is limited as well."""
    attempts = [
        Attempt("a lie", r, stage.request(r, b"x" * (r.max_bytes + 1), _length("10"), declares_length=False), {413})
        for r in BODY_ROUTES
    ]
    await assert_refused(stage, attempts)


def _length(value: str) -> Header:
    return b"content-length", value.encode()


async def test_another_media_type_is_refused(stage: Stage) -> None:
    """A body with another or no media type, or a compressed one, gets a 415."""
    types = (
        b"",
        b"text/plain",
        b"application/xml",
        b"application/jsonp",
        b"json",
        b"application/json text",
        b"\xff",
        b"*/*",
    )
    odd: list[Header] = [(b"content-type", t + CANARY.encode() * (t == b"text/plain")) for t in types]
    codings = (b"gzip", b"br", b"deflate", b"zstd", b"identity, gzip", CANARY.encode())
    odd += [(b"content-encoding", coding) for coding in codings]
    await assert_refused(
        stage, [Attempt(f"{h}", r, stage.request(r, None, h), {415}) for r in BODY_ROUTES for h in odd]
    )


async def test_no_media_type_is_refused(stage: Stage) -> None:
    """A body without a media type is refused."""
    attempts = []
    for route in BODY_ROUTES:
        request = stage.request(route)
        untold = tuple(header for header in request.headers if header[0] != b"content-type")
        attempts.append(Attempt("no media type", route, stage.request(route, headers=untold), {415}))
    await assert_refused(stage, attempts)
