"""How many requests a caller has left this minute. Counted in Postgres (`mend.count_request`) for all instances."""

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
    """Who calls before sign-in: a digest of the address, as told by the last hop that is our own."""
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    peer = request.client.host if request.client else ""
    address = hops[-trusted_proxies] if 0 < trusted_proxies <= len(hops) else peer
    return "address:" + sha256(address.encode()).hexdigest()[:32]
