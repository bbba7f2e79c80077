"""Compresses a response where that pays: text of a kibibyte or more, for who accepts gzip.

A check-in's answer of seven kilobytes then has one, for a tenth of a millisecond of the processor. A stranger's page
cannot learn a secret from the length (BREACH): no cookie signs anybody in, so it can make no request as a person.
"""

import gzip

from starlette.datastructures import MutableHeaders
from starlette.responses import Response

SMALLEST = 1024
LARGEST = 1024 * 1024  # a larger one would hold up the event loop
TEXTS = ("application/json", "application/problem+json", "text/", "image/svg+xml")


def compress(response: Response, accept_encoding: str) -> None:
    """Compress the body. The ETag becomes weak, since it is that of the body without compression."""
    body, headers = bytes(response.body), response.headers
    if not (SMALLEST <= len(body) <= LARGEST and _accepts_gzip(accept_encoding) and _is_text(headers)):
        return
    response.body = gzip.compress(body, compresslevel=6, mtime=0)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(response.body))
    if tag := headers.get("etag"):
        headers["ETag"] = f"W/{tag}"


def _is_text(headers: MutableHeaders) -> bool:
    return headers.get("content-type", "").startswith(TEXTS) and "content-encoding" not in headers


def _accepts_gzip(accept_encoding: str) -> bool:
    """Whether the header lists gzip, other than with `q=0`."""
    for coding in accept_encoding.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
