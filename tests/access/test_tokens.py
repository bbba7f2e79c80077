"""Forged, broken and foreign tokens are refused with the same response, without a fetch."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import httpx
import pytest

from shared.auth import LEEWAY_SECONDS, Authenticator
from shared.errors import Unauthenticated
from shared.http.operations import PersonOperation
from shared.services import Services
from shared.settings import Settings
from tests.access.forgery import FORGED, MINUTE, NO_BEARER, Forge, Forger, soon
from tests.conftest import APPS, ClientFactory, ClockMover, Clone, sign_up

HEADERS = NO_BEARER | {name: (lambda f, forge=forge: f"Bearer {forge(f)}") for name, forge in FORGED.items()}


class Trap(BaseHTTPRequestHandler):
    """The attacker's server, which records requests."""

    visits: list[str]

    def do_GET(self) -> None:
        self.visits.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def trap() -> Iterator[tuple[str, list[str]]]:
    """The URL of the attacker's keys, and the requests for them."""
    visits: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("CountingTrap", (Trap,), {"visits": visits}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield f"http://127.0.0.1:{server.server_port}", visits
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def forger(trap: tuple[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Forger:
    return Forger(tmp_path_factory.mktemp("keys"), trap=trap[0])


@pytest.fixture
def authenticator(forger: Forger) -> Authenticator:
    return Authenticator(Settings(mend_home=forger.folder))


async def test_requests_to_the_attackers_server_are_recorded(trap: tuple[str, list[str]]) -> None:
    """Requests for the attacker's keys are recorded."""
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"{trap[0]}/jwks.json")

    assert trap[1] == ["/jwks.json"]
    trap[1].clear()


@pytest.mark.parametrize(
    "claims", [{}, {"exp": str(soon(50 * MINUTE))}, {"aud": ["authenticated"]}, {"is_anonymous": True}]
)
async def test_a_good_token_is_accepted(
    authenticator: Authenticator, forger: Forger, claims: dict[str, object]
) -> None:
    """A valid token is accepted, with the scheme in any case."""
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert (await authenticator.person(f"{scheme} {forger.good(**claims)}")).id == forger.person


async def test_a_token_by_the_rsa_key_is_accepted(authenticator: Authenticator, forger: Forger) -> None:
    """Older projects sign with RS256."""
    token = forger.signed(forger.rsa_key, "RS256", kid=forger.rsa_id)

    assert (await authenticator.person(f"Bearer {token}")).id == forger.person


@pytest.mark.parametrize("seconds", [-25, 25])
async def test_clocks_may_differ_a_little(authenticator: Authenticator, forger: Forger, seconds: int) -> None:
    """There are 30 seconds of leeway, for expiry and time of issue."""
    late = forger.good(exp=soon(-25)) if seconds < 0 else forger.good(iat=soon(25), nbf=soon(25))

    assert (await authenticator.person(f"Bearer {late}")).id == forger.person


@pytest.mark.parametrize("forge", HEADERS.values(), ids=HEADERS.keys())
async def test_a_forged_token_is_refused(
    authenticator: Authenticator, forger: Forger, trap: tuple[str, list[str]], forge: Forge
) -> None:
    """It is refused after a valid one as well, and URLs in it are not fetched."""
    header = forge(forger)
    for before in (None, forger.good()):
        if before:
            await authenticator.person(f"Bearer {before}")

        with pytest.raises(Unauthenticated) as refused:
            await authenticator.person(header)
        assert refused.value.headers["WWW-Authenticate"].startswith('Bearer realm="mend"')

    assert trap[1] == []


async def test_a_refused_token_is_not_remembered(authenticator: Authenticator, forger: Forger) -> None:
    """A cached valid token does not make an altered one valid."""
    good = forger.good()
    assert (await authenticator.person(f"Bearer {good}")).id == forger.person

    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await authenticator.person(f"Bearer {good[:-12]}AAAAAAAAAAAA")


async def test_a_remembered_token_still_expires(
    authenticator: Authenticator, forger: Forger, move_clock: ClockMover
) -> None:
    """A token is verified once, but its expiry is checked on every request, with 30 seconds of leeway."""
    short = f"Bearer {forger.good(exp=soon(3 * MINUTE))}"
    await authenticator.person(short)
    move_clock(timedelta(minutes=3))
    await authenticator.person(short)
    move_clock(timedelta(seconds=LEEWAY_SECONDS))

    with pytest.raises(Unauthenticated):
        await authenticator.person(short)


async def test_the_answer_tells_only_whether_a_token_is_missing_or_expired(
    client_for: ClientFactory, services: Services, database: Clone, forger: Forger
) -> None:
    """401, with one body for a missing token, one for an expired one, and one for every other fault."""
    services.__dict__["authenticator"] = Authenticator(Settings(mend_home=forger.folder))
    forger.person = sign_up(database)
    client = client_for(signed_in=False)
    assert (await client.get("/", headers={"Authorization": f"Bearer {forger.good()}"})).status_code == 200

    bodies: dict[str, set[str]] = {}
    for name, forge in HEADERS.items():
        header = forge(forger).encode()
        answer = await client.get("/", headers=[(b"Authorization", header)])
        assert answer.status_code == 401, name
        expired = "token has expired" in answer.json()["detail"]
        challenge = answer.headers["WWW-Authenticate"]
        assert expired == name.startswith("expired"), name
        assert answer.json()["code"] == ("token_expired" if expired else "unauthenticated")
        assert ('error="invalid_token"' in challenge) == (name not in NO_BEARER), name
        assert ("has expired" in challenge) == expired
        assert answer.headers["Content-Type"] == "application/problem+json"
        kind = "missing" if name in NO_BEARER else "expired" if expired else "forged"
        bodies.setdefault(kind, set()).add(answer.text.replace(answer.headers["X-Request-Id"], ""))

    assert {kind: len(distinct) for kind, distinct in bodies.items()} == {"missing": 1, "expired": 1, "forged": 1}


@pytest.mark.parametrize("function", APPS)
async def test_a_forged_token_opens_no_route(
    client_for: ClientFactory, services: Services, forger: Forger, function: str
) -> None:
    """No method of a route accepts it, and the body is not validated before it is refused."""
    services.__dict__["authenticator"] = Authenticator(Settings(mend_home=forger.folder))
    client = client_for(function, signed_in=False)
    forged = {"Authorization": f"Bearer {forger.unsigned('none')}"}
    for operation in APPS[function].operations:
        if not isinstance(operation, PersonOperation):
            continue
        path = re.sub(r"{\w+:\w+}", str(uuid4()), operation.path)

        answer = await client.request(operation.method, path, headers=forged)

        assert answer.status_code == 401, operation.path
