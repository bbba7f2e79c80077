"""Fetching and caching of the issuer's public keys, from a real server."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.jwks import COOLDOWN, EMPTY_COOLDOWN, HARD_AGE, SOFT_AGE, KeySet, KeysUnavailable


def public_key(key_id: str) -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    public: dict[str, str] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key))
    return public | {"kid": key_id, "alg": "ES256", "use": "sig"}


def key_set(*key_ids: str) -> bytes:
    return json.dumps({"keys": [public_key(key_id) for key_id in key_ids]}).encode()


@dataclass
class Issuer:
    """A server of keys, which can change, fail or be slow."""

    document: bytes = field(default_factory=lambda: key_set("first"))
    status: int = 200
    fetches: int = 0
    ready: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def __post_init__(self) -> None:
        self.ready.set()


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer_server = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer_server.fetches += 1
            issuer_server.ready.wait()
            self.send_response(issuer_server.status)
            self.end_headers()
            self.wfile.write(issuer_server.document)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer_server.url = f"http://127.0.0.1:{server.server_address[1]}/jwks.json"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield issuer_server
        issuer_server.ready.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: Issuer, clock: Clock) -> KeySet:
    return KeySet(issuer.url, clock)


async def test_concurrent_requests_cause_one_fetch(keys: KeySet, issuer: Issuer) -> None:
    """The first task fetches the keys, and the others wait for its result."""
    results = await asyncio.gather(*(keys.load_key("first") for _ in range(100)))

    assert {key.key_id for key in results if key} == {"first"}
    assert None not in results
    assert issuer.fetches == 1


async def test_fresh_keys_are_not_fetched_again(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """Until the soft age, a cached key needs no fetch."""
    await keys.load_key("first")
    clock.now += SOFT_AGE

    await keys.load_key("first")

    assert issuer.fetches == 1


async def test_a_revoked_key_is_gone_after_the_soft_age(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """A fetch replaces all keys, so a revoked key is no longer accepted."""
    await keys.load_key("first")
    generation = keys.generation
    issuer.document = key_set("second")
    clock.now += SOFT_AGE + 1

    assert await keys.load_key("second")
    assert await keys.load_key("first") is None
    assert keys.generation == generation + 1


async def test_a_new_key_is_fetched_after_the_cooldown(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """A new key does not wait for the soft age."""
    await keys.load_key("first")
    issuer.document = key_set("first", "second")
    clock.now += COOLDOWN - 1
    assert await keys.load_key("second") is None

    clock.now += 1

    assert await keys.load_key("second")


async def test_a_flood_of_unknown_keys_causes_one_fetch_in_each_cooldown(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    """Forged tokens cause at most two fetches a minute."""
    await keys.load_key("first")
    for _ in range(60):
        clock.now += 1
        await asyncio.gather(*(keys.load_key(f"forged {number}") for number in range(10)))

    assert issuer.fetches == 1 + 60 // COOLDOWN


async def test_cached_keys_are_trusted_while_the_issuer_is_away(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """Until the hard age, with one fetch per cooldown. After it, no key is trusted."""
    await keys.load_key("first")
    issuer.status = 503
    for _ in range(HARD_AGE // 60):
        clock.now += 60
        assert await keys.load_key("first")
    assert issuer.fetches == 1 + (HARD_AGE - SOFT_AGE) // 60

    clock.now += 60

    with pytest.raises(KeysUnavailable):
        await keys.load_key("first")


async def test_an_issuer_that_comes_back_is_trusted_at_once(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """Without keys, the cooldown is a few seconds, because all requests fail meanwhile."""
    issuer.status = 503
    with pytest.raises(KeysUnavailable):
        await keys.load_key("first")
    issuer.status = 200
    clock.now += EMPTY_COOLDOWN

    assert await keys.load_key("first")
    assert issuer.fetches == 2


@pytest.mark.parametrize(
    "document",
    [b"", b"<html>", b"{}", b"[]", b'{"keys": 5}', b'{"keys": [5]}', b"\xff", b'{"keys": ' + b"[" * 50_000],
    ids=["empty", "a page", "no keys", "a list", "a number", "odd keys", "not text", "a nesting bomb"],
)
async def test_an_invalid_response_changes_nothing(keys: KeySet, issuer: Issuer, clock: Clock, document: bytes) -> None:
    """An invalid response counts as no response."""
    await keys.load_key("first")
    issuer.document = document
    clock.now += SOFT_AGE + 1

    assert await keys.load_key("first")


async def test_a_slow_issuer_delays_one_task_only(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """While one task fetches, tasks with a cached key continue. The fetch has a timeout."""
    await keys.load_key("first")
    issuer.ready.clear()
    clock.now += SOFT_AGE + 1
    slow = asyncio.create_task(keys.load_key("first"))
    await asyncio.sleep(0)

    assert await asyncio.wait_for(keys.load_key("first"), 60)
    assert await slow


async def test_only_signing_keys_of_allowed_types_are_used(keys: KeySet, issuer: Issuer) -> None:
    """Keys for encryption, shared secrets and unknown curves are ignored."""
    strong = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key()))
    issuer.document = json.dumps(
        {
            "keys": [
                strong | {"kid": "rsa", "alg": "RS256", "use": "sig"},
                strong | {"kid": "rsa for encryption", "alg": "RS256", "use": "enc"},
                strong | {"kid": "rsa, weaker padding", "alg": "RS512"},
                {"kid": "secret", "kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
                {"kid": "odd", "kty": "EC", "crv": "P-1", "x": "AA", "y": "AA", "alg": "ES256"},
                {"kty": "??"},
            ]
        }
    ).encode()

    assert await keys.load_key("rsa")
    for refused in ("rsa for encryption", "rsa, weaker padding", "secret", "odd", ""):
        assert await keys.load_key(refused) is None
