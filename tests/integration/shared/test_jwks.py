"""The keys that sign tokens, fetched from a server as the issuer's: when, how often, and what if it is away."""

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
    """A server of keys that may change, fail or dawdle."""

    document: bytes = field(default_factory=lambda: key_set("first"))
    status: int = 200
    fetches: int = 0
    ready: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def __post_init__(self) -> None:
        self.ready.set()


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.fetches += 1
            made.ready.wait()
            self.send_response(made.status)
            self.end_headers()
            self.wfile.write(made.document)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}/jwks.json"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.ready.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: Issuer, clock: Clock) -> KeySet:
    return KeySet(issuer.url, clock)


async def test_many_who_ask_at_once_cause_one_fetch(keys: KeySet, issuer: Issuer) -> None:
    """The first one fetches, and the others wait for what it gets."""
    found = await asyncio.gather(*(keys.load_key("first") for _ in range(100)))

    assert {key.key_id for key in found if key} == {"first"}
    assert None not in found
    assert issuer.fetches == 1


async def test_young_keys_are_not_fetched_again(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """Up to the soft age a known key costs nothing."""
    await keys.load_key("first")
    clock.now += SOFT_AGE

    await keys.load_key("first")

    assert issuer.fetches == 1


async def test_a_revoked_key_is_gone_after_the_soft_age(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """A fetch replaces every key, so that nobody is let in by one the issuer no longer has."""
    await keys.load_key("first")
    generation = keys.generation
    issuer.document = key_set("second")
    clock.now += SOFT_AGE + 1

    assert await keys.load_key("second")
    assert await keys.load_key("first") is None
    assert keys.generation == generation + 1


async def test_a_new_key_is_known_as_soon_as_the_cooldown_is_over(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """A rotation never waits for the soft age."""
    await keys.load_key("first")
    issuer.document = key_set("first", "second")
    clock.now += COOLDOWN - 1
    assert await keys.load_key("second") is None

    clock.now += 1

    assert await keys.load_key("second")


async def test_a_flood_of_unknown_keys_causes_one_fetch_in_each_cooldown(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    """Forged tokens must not make us hammer the issuer: two fetches a minute, whatever comes."""
    await keys.load_key("first")
    for _ in range(60):
        clock.now += 1
        await asyncio.gather(*(keys.load_key(f"forged {number}") for number in range(10)))

    assert issuer.fetches == 1 + 60 // COOLDOWN


async def test_known_keys_hold_while_the_issuer_is_away(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """Up to the hard age, asking again once in each cooldown; beyond it nobody is trusted."""
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
    """Without any key it is asked every few seconds, since nobody can sign in meanwhile."""
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
async def test_an_answer_that_makes_no_sense_changes_nothing(
    keys: KeySet, issuer: Issuer, clock: Clock, document: bytes
) -> None:
    """What a broken proxy answers in the issuer's name is as good as no answer."""
    await keys.load_key("first")
    issuer.document = document
    clock.now += SOFT_AGE + 1

    assert await keys.load_key("first")


async def test_a_slow_issuer_holds_up_nobody_but_one(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    """While one request fetches, those with a known key go on with it; even that one gives up."""
    await keys.load_key("first")
    issuer.ready.clear()
    clock.now += SOFT_AGE + 1
    slow = asyncio.create_task(keys.load_key("first"))
    await asyncio.sleep(0)

    assert await asyncio.wait_for(keys.load_key("first"), 60)
    assert await slow


async def test_only_keys_for_signatures_of_the_allowed_kinds_are_kept(keys: KeySet, issuer: Issuer) -> None:
    """A key for encryption, a shared secret or an unknown curve signs nobody in."""
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
