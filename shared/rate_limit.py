"""Rate limits: requests per caller and minute, counted in Postgres for all instances together."""

from hashlib import sha256
from typing import NamedTuple

from starlette.requests import Request


class Allowance(NamedTuple):
    limit: int
    remaining: int
    reset_seconds: int

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset_seconds),
        ]


def address_of(request: Request, trusted_proxies: int) -> str:
    """The caller of a request without sign-in: a digest of the address that the last trusted proxy has seen."""
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    peer = request.client.host if request.client else ""
    address = hops[-trusted_proxies] if 0 < trusted_proxies <= len(hops) else peer
    return "address:" + sha256(address.encode()).hexdigest()[:32]
