"""Rate limits: requests per caller and minute, counted in Postgres for all instances together."""

from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
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
    lines = request.headers.getlist("x-forwarded-for")
    hops = [hop.strip() for line in lines for hop in line.split(",") if hop.strip()]
    peer = request.client.host if request.client else ""
    address = hops[-trusted_proxies] if 0 < trusted_proxies <= len(hops) else peer
    return "address:" + sha256(_network(address).encode()).hexdigest()[:32]


def _network(address: str) -> str:
    """The IPv4 address without its port, or the /64 network of an IPv6 address: one customer has all of that."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))
    return str(parsed)
