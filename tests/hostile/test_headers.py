"""Invalid headers are refused if they matter, and ignored if not."""

from shared.http.operations import PersonOperation
from tests.hostile.conftest import Stage
from tests.hostile.refusals import CANARY, Attempt, assert_refused
from tests.hostile.routes import CHANGING, every_route
from tests.hostile.wire import Header, Reply

ROUTES = every_route()
GETS = [route for route in ROUTES if route.method == "GET" and str(route) not in CHANGING]
POSTS = [route for route in ROUTES if route.method == "POST" and isinstance(route.operation, PersonOperation)]

BAD_KEYS = ("", "k" * 256, "k" * 20_000, "a\tb", "a\x7fb", "a\x00b", "\x80\x81", f"{CANARY}\x1b[31m")
IDENTIFIERS = (CANARY + " " + "x", "x" * 65, "short", "\xff" * 10, f"<script>{CANARY}</script>", "", "../../" + CANARY)
IGNORED: tuple[Header, ...] = (
    (b"accept", b"image/png;q=NaN, */" + CANARY.encode()),
    (b"accept", b""),
    (b"accept-encoding", b"gzip;q=1e400, *;q=-1"),
    (b"accept-language", b"tlh-\xff" * 500),
    (b"range", b"bytes=0-1,5-" + b"9" * 100),
    (b"range", b"pages=" + CANARY.encode()),
    (b"if-none-match", b'"' + CANARY.encode() + b'", W/"", ,,, *x "'),
    (b"if-none-match", b'"x",' * 5_000),
    (b"if-match", b'"' + CANARY.encode() + b'"'),
    (b"if-modified-since", b"Sat, 30 Feb 2026 25:61:61 GMT"),
    (b"expect", b"100-continue, " + CANARY.encode()),
    (b"traceparent", b"00-" + CANARY.encode() * 10 + b"-" * 40),
    (b"x-forwarded-for", b"'; DROP TABLE x; --, \xff, ," + CANARY.encode()),
    (b"x-http-method-override", b"DELETE"),
    (b"x-original-url", b"/admin"),
    (b"origin", b"null"),
    (b"origin", b"https://" + CANARY.encode() + b".example"),
    (b"cookie", b"session=" + CANARY.encode() * 1_000),
    (b"host", b"evil.example"),
    (b"referer", b"javascript:" + CANARY.encode()),
    (b"user-agent", b"() { :; }; echo " + CANARY.encode()),
    (b"x-" + b"y" * 5_000, CANARY.encode()),
)


async def test_a_hopeless_idempotency_key_is_refused(stage: Stage) -> None:
    """A key has 1 to 255 printable characters."""
    attempts = [
        Attempt(repr(key[:20]), route, stage.request(route, None, (b"idempotency-key", key.encode("latin-1"))), {422})
        for route in POSTS
        for key in BAD_KEYS
    ]
    await assert_refused(stage, attempts)


async def test_a_request_id_that_could_do_harm_is_replaced(stage: Stage) -> None:
    """A caller's X-Request-Id is used only if it is short and has safe characters."""
    for route in GETS:
        for odd in IDENTIFIERS:
            reply = await stage.send(route, stage.request(route, None, (b"x-request-id", odd.encode("latin-1"))))
            assert reply.status == 200
            assert reply.headers["x-request-id"] not in {odd, ""}
            assert not reply.mentions(CANARY)


async def test_a_plain_request_id_is_kept(stage: Stage) -> None:
    """Responses and errors return it, so that the app's log can be matched with ours."""
    for route in GETS:
        for query, status in ((None, 200), ("nonsense=1", 422)):
            reply = await stage.send(route, stage.request(route, None, (b"x-request-id", b"app-0001"), query=query))
            assert (reply.status, reply.headers["x-request-id"]) == (status, "app-0001")


async def test_a_header_of_no_concern_changes_nothing(stage: Stage) -> None:
    """The response is the same as without it, and does not contain it."""
    for route in GETS:
        plain = await stage.send(route, stage.request(route))
        for odd in IGNORED:
            reply = await stage.send(route, stage.request(route, None, odd))
            assert _lasting(reply) == _lasting(plain), (str(route), odd)
            assert not reply.mentions(CANARY), (str(route), odd)


async def test_a_refusal_is_the_same_whatever_the_headers(stage: Stage) -> None:
    """Headers do not change an error response."""
    attempts = [
        Attempt(f"{odd}", route, stage.request(route, None, odd, query="nonsense=1"), {422})
        for route in ROUTES
        for odd in IGNORED
    ]
    await assert_refused(stage, attempts)


def _lasting(reply: Reply) -> tuple[int, dict[str, str], bytes]:
    passing = {"x-request-id", "ratelimit-remaining", "ratelimit-reset"}
    return reply.status, {n: v for n, v in reply.headers.items() if n not in passing}, reply.body
