"""Invalid methods, paths, ids and queries."""

import base64
import json
from urllib.parse import quote
from uuid import uuid4

from tests.hostile.conftest import Stage
from tests.hostile.refusals import CANARY, Attempt, assert_refused, problem_faults
from tests.hostile.routes import CHANGING, ID_IN_PATH, Route, every_route, methods_at, served
from tests.hostile.wire import RawRequest, send

ROUTES = every_route()
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
NOT_OURS = ("TRACE", "PROPFIND", "CONNECT", "BREW", "get", "M" * 1000)
LONG = 60_000

# Any text below their path, or in place of its end, belongs to a route with another method.
OF_ANOTHER_METHOD = {"account GET /consents", "account GET /connections", "account GET /connections/callback"}
ANY_TEXT = {"notify PUT /devices/{token:device}", "notify DELETE /devices/{token:device}"}  # which then is refused
REFUSED = {"account GET /connections/callback": 409}  # whatever its state is but one that was begun
ODD_PATHS = (
    "{}/",
    "/{}",
    "/.{}",
    "/%2e%2e{}",
    "{}/%2e%2e/" + CANARY,
    "{}%00",
    "{}%ff%fe",
    "{};" + CANARY,
    "{}/" + CANARY,
    "{}" + "/x" * (LONG // 2),
    "{}/" + "x" * LONG,
    "{}%20",
    "{}\\",
)
ODD_IDS = (
    "0",
    "-1",
    CANARY,
    "00000000-0000-0000-0000-00000000000g",
    "%7B00000000-0000-0000-0000-000000000000%7D",
    "1" * 5000,
    "%00",
    "..",
    "' OR 1=1 --".replace(" ", "%20"),
)
ODD_VALUES = (
    CANARY,
    "\0",
    "\ud800",
    "NaN",
    "1e400",
    "-1",
    "0",
    "9" * 30,
    "9" * 5000,
    "2026-02-30",
    "0000-01-01",
    "[]",
    "null",
    " ",
)


def _at(stage: Stage, route: Route, path: str) -> RawRequest:
    return stage.request(route, path=path.encode())


async def test_a_method_that_a_route_does_not_know_is_refused(stage: Stage) -> None:
    """Other methods get a 405, with all methods of the route in Allow."""
    attempts = []
    for route in ROUTES:
        for method in METHODS - methods_at(route):
            request = stage.request(route, method=method)
            attempts.append(Attempt(method, route, request, {405}))
            allow = (await stage.send(route, request)).headers["allow"]
            assert set(allow.split(", ")) == methods_at(route), (str(route), method)

    await assert_refused(stage, attempts)


async def test_a_method_that_nobody_knows_is_refused(stage: Stage) -> None:
    """The framework answers these before it calls a function."""
    before = stage.checksum()
    for route in ROUTES:
        for method in NOT_OURS:
            reply = await stage.send(route, stage.request(route, method=method))
            assert (reply.status, "allow" in reply.headers) == (405, True), (str(route), method)

    assert stage.checksum() == before


async def test_head_is_get_without_its_body(stage: Stage) -> None:
    """Every GET route answers HEAD with the status and headers of GET, unless its GET has an effect."""
    own = {"x-request-id", "ratelimit-remaining", "ratelimit-reset"}
    for route in ROUTES:
        if route.method == "GET" and not route.operation.has_effect:
            got = await stage.send(route, stage.request(route))
            head = await stage.send(route, stage.request(route, method="HEAD"))
            passing = own | {"etag"} if str(route) in CHANGING else own
            assert head.status == got.status
            assert {n: v for n, v in head.headers.items() if n not in passing} == {
                n: v for n, v in got.headers.items() if n not in passing
            }, str(route)


async def test_head_has_no_effect(stage: Stage) -> None:
    """Programs that look at addresses send it by themselves. Where GET has an effect, it is refused."""
    for route in [route for route in ROUTES if route.method == "GET"]:
        before = stage.checksum()
        head = await stage.send(route, stage.request(route, method="HEAD"))

        assert stage.checksum() == before, str(route)
        assert (head.status == 405) == route.operation.has_effect, str(route)


async def test_a_path_that_only_resembles_a_route_leads_nowhere(stage: Stage) -> None:
    """Paths with doubled or trailing slashes, dots, encodings or great length get a 404."""
    attempts = []
    for route in ROUTES:
        plain = stage.path(route).decode()
        odd = {pattern.format(plain) for pattern in ODD_PATHS}
        odd |= {plain.upper()} if not route.has_id and plain != plain.upper() else set()
        statuses = {404, 405} if str(route) in OF_ANOTHER_METHOD else {404, 422} if str(route) in ANY_TEXT else {404}
        attempts += [Attempt(path[:60], route, _at(stage, route, path), statuses) for path in odd if path != plain]
    paths = {(route.function, stage.path(route)) for route in ROUTES}
    await assert_refused(stage, [a for a in attempts if (a.route.function, a.request.path) not in paths])


async def test_a_path_with_a_line_break_leads_nowhere(stage: Stage) -> None:
    """The framework answers it, and it adds no header."""
    for route in ROUTES:
        path = stage.path(route) + b"%0d%0aSet-Cookie:x=" + CANARY.encode()
        reply = await stage.send(route, stage.request(route, path=path))
        assert (reply.status, reply.mentions(CANARY)) == (404, False)


async def test_an_id_that_is_no_uuid_leads_nowhere(stage: Stage) -> None:
    """An id that is not a UUID gets a 404."""
    await assert_refused(
        stage,
        [
            Attempt(
                odd[:40],
                route,
                _at(stage, route, ID_IN_PATH.sub(odd, route.operation.path)),
                {404},
            )
            for route in ROUTES
            if route.has_id
            for odd in ODD_IDS
        ],
    )


async def test_what_belongs_to_a_stranger_is_not_there(stage: Stage) -> None:
    """Responses for another person's id and for an unused id are equal, byte for byte."""
    attempts = []
    for route in ROUTES:
        if route.has_id:
            foreign, absent = (stage.request(route, path=route.path(id_)) for id_ in (stage.foreign_entry, uuid4()))
            replies = [await stage.send(route, request) for request in (foreign, absent)]
            if replies[0].status == replies[1].status == 204:
                continue  # it is gone, as was asked
            attempts += [Attempt("foreign id", route, foreign, {404}), Attempt("absent id", route, absent, {404})]
            assert replies[0].json | {"request_id": ""} == replies[1].json | {"request_id": ""}, str(route)

    await assert_refused(stage, attempts)


async def test_an_unknown_or_repeated_parameter_is_refused(stage: Stage) -> None:
    """Unknown and repeated parameters are refused. The error repeats no value, and no odd name."""
    unknown = (
        f"I+feel+{CANARY}=1",
        f"-{CANARY}",
        f"x={CANARY}",
        f"={CANARY}",
        "%00=1",
        "%ff=1",
        "a[]=1",
        f"-{CANARY}=1&" * 1_000,
        "&".join(map(str, range(1_000))),
    )
    attempts = [Attempt(odd[:40], r, stage.request(r, query=odd), {422}) for r in ROUTES for odd in unknown]
    for route in ROUTES:
        for name in route.query():
            twice = (f"{name}={CANARY}&{name}={CANARY}", f"{name}=1&" * 1_000)
            attempts += [Attempt(odd[:40], route, stage.request(route, query=odd), {422}) for odd in twice]

    await assert_refused(stage, attempts)


async def test_a_parameter_of_the_wrong_kind_is_refused(stage: Stage) -> None:
    """Every parameter refuses values of other types."""
    attempts = []
    for route in ROUTES:
        for name in route.query():
            for odd in ODD_VALUES:
                query = f"{name}={quote(odd, errors='surrogatepass')}"
                reply = await stage.send(route, stage.request(route, query=query))
                assert reply.status in {200, 201, 422, REFUSED.get(str(route), 422)}, (str(route), query)
                if reply.status == 422:
                    attempts.append(Attempt(query[:60], route, stage.request(route, query=query), {422}))

            assert [a for a in attempts if a.route == route and a.what.startswith(f"{name}=")], (str(route), name)

    await assert_refused(stage, attempts)


async def test_a_forged_cursor_is_refused(stage: Stage) -> None:
    """Only an unchanged cursor of the same person is accepted. All others get a 422."""
    route = next(r for r in ROUTES if (r.function, r.method, r.operation.path) == ("checkin", "GET", "/"))
    stranger = await _a_cursor(stage, route)
    place = base64.urlsafe_b64decode(stranger).decode()
    forged = [
        stranger,
        stranger[:-4],
        stranger + "AAAA",
        *(
            _coded(text)
            for text in (CANARY, f"{place} ", "2026-01-01 x y", "\0 \0 \0", place.replace("2", "3", 1), "9" * 90)
        ),
        *("=", "%00", "%ff", "....", "A" * 199, "A" * 201, "A" * 20_000),
    ]
    attempts = [Attempt(odd[:40], route, stage.request(route, query=f"cursor={odd}"), {422}) for odd in forged]

    await assert_refused(stage, attempts)


def _coded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


async def _a_cursor(stage: Stage, route: Route) -> str:
    """A valid cursor of another person."""
    signed = ((b"authorization", f"Bearer {stage.stranger_token}".encode()),)
    posted = (*signed, (b"content-type", b"application/json"))
    await send(served("checkin"), RawRequest("POST", b"/", headers=posted, body=b'{"mood": "calm", "intensity": 5}'))
    page = await stage.send(route, stage.request(route, query="limit=1", headers=signed))
    return str(page.json["next_cursor"])


async def test_an_unsigned_request_is_refused_before_anything_else(stage: Stage) -> None:
    """Without sign-in, the response does not depend on the input of the route."""
    attempts = []
    for route in ROUTES:
        if "security" in route.described:
            body = json.dumps({CANARY: 1}).encode() if route.media_type else None
            for authorization in (
                b"",
                b"Bearer",
                b"Bearer \xff",
                b"Basic " + CANARY.encode(),
                b"Bearer " + b"a" * 20_000,
            ):
                request = stage.request(route, body, (b"authorization", authorization), query=f"{CANARY}=1")
                reply = await stage.send(route, request)
                assert [*problem_faults(reply, {401})] == []
                assert reply.headers["www-authenticate"].startswith("Bearer")
                attempts.append(Attempt("unsigned", route, request, {401}))

    await assert_refused(stage, attempts)
