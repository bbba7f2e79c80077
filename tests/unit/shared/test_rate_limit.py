"""Which requests without sign-in count as one caller."""

import pytest
from starlette.requests import Request

from shared.rate_limit import address_of


def request(*lines: str, peer: str = "198.51.100.1") -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    return Request({"type": "http", "method": "GET", "headers": headers, "client": (peer, 1)})


@pytest.mark.parametrize(
    ("lines", "same"),
    [
        (["203.0.113.7"], True),
        (["203.0.113.7:4711"], True),
        (["10.0.0.1, 203.0.113.7"], True),
        (["10.0.0.1", "203.0.113.7"], True),
        (["10.0.0.1,,  ,203.0.113.7 "], True),
        (["::ffff:203.0.113.7"], True),
        (["203.0.113.8"], False),
        (["203.0.113.7, 10.0.0.1"], False),
    ],
)
def test_the_last_address_that_our_proxy_saw_counts(lines: list[str], same: bool) -> None:  # noqa: FBT001 - a case
    """In one header line or several, with a port or without one. What the client claimed itself does not count."""
    assert (address_of(request(*lines), 1) == address_of(request("203.0.113.7"), 1)) is same


def test_one_network_of_ipv6_is_one_caller() -> None:
    """A phone or a home can choose among all addresses of its /64."""
    first, second = request("2001:db8:1:2::1"), request("[2001:db8:1:2:ffff::9]:443")

    assert address_of(first, 1) == address_of(second, 1)
    assert address_of(first, 1) != address_of(request("2001:db8:1:3::1"), 1)


@pytest.mark.parametrize("line", ["", "unknown", "fe80::1%eth0", "[", "1:2", "a" * 5000])
def test_any_text_is_a_caller(line: str) -> None:
    """A header that is no address neither fails nor reveals itself in the key."""
    key = address_of(request(line), 1)

    assert key.startswith("address:")
    assert len(key) == len("address:") + 32


def test_without_a_proxy_the_header_is_ignored() -> None:
    """Anybody could write it."""
    assert address_of(request("203.0.113.7"), 0) == address_of(request(), 0)
