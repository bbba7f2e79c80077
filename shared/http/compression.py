"""Compresses a response where that pays: text of a kibibyte or more, for who accepts gzip.

A check-in's answer of seven kilobytes then has one, for a tenth of a millisecond of the processor. A stranger's page
cannot learn a secret from the length (BREACH): no cookie signs anybody in, so it can make no request as a person.
"""

import gzip
import re

from starlette.responses import Response

SMALLEST = 1024
LARGEST = 1024 * 1024  # a larger one would hold up the event loop
TEXTS = ("application/json", "application/problem+json", "text/", "image/svg+xml")
GZIP = re.compile(r"gzip(;q=(1(\.0{0,3})?|0\.[0-9]{0,2}[1-9][0-9]{0,2}))?")  # with a weight above zero, or without one


def compression_pays(response: Response, accept_encoding: str) -> bool:
    headers = response.headers
    return (
        SMALLEST <= len(response.body) <= LARGEST
        and headers.get("content-type", "").startswith(TEXTS)
        and "content-encoding" not in headers
        and any(GZIP.fullmatch(coding.replace(" ", "")) for coding in accept_encoding.lower().split(","))
    )


def compress(response: Response) -> None:
    response.body = gzip.compress(bytes(response.body), compresslevel=6, mtime=0)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.body))
