"""The headers that every response has."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response

from shared.http.compression import compress, compression_pays
from shared.http.preconditions import etag, lists
from shared.http.streams import Stream

ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"Origin, Accept-Encoding"),
]
CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'"  # unless the response has its own
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id"
    ),
    "Access-Control-Max-Age": "86400",
}
EXPOSED = (
    "ETag, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, WWW-Authenticate,"
    " X-Request-Id"
)


def add_headers(response: Response, request: Request, cors_origins: Collection[str]) -> None:
    """Add the headers of every response, and an ETag to a successful GET that is not a stream. Compress it."""
    response.raw_headers += ALWAYS  # appended without a lookup, which would take longer than everything else here
    headers = response.headers
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    origin = request.headers.get("origin")
    if origin and origin in cors_origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = EXPOSED
        if request.method == "OPTIONS":
            headers.update(PREFLIGHT)
    readable = request.method in ("GET", "HEAD") and response.status_code == 200  # noqa: PLR2004
    if isinstance(response, Stream):
        return
    is_shortened = compression_pays(response, request.headers.get("accept-encoding", ""))
    if readable:
        _add_etag(response, request.headers.get("if-none-match"), weak=is_shortened)
    if is_shortened and response.body:
        compress(response)


def _add_etag(response: Response, if_none_match: str | None, *, weak: bool) -> None:
    """Add the ETag of the body without compression. It is weak where that follows, because it is one for both forms.

    If the caller has this response already, make it a 304 without a body.
    """
    tag = etag(bytes(response.body))
    response.headers["ETag"] = f"W/{tag}" if weak else tag
    if if_none_match and lists(if_none_match, tag):
        response.status_code = 304
        response.body = b""
        del response.headers["content-length"]
