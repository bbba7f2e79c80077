"""POST /account/firebase-token: the token, and what its holder may read by the rules of Firestore."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from functions.account.firebase_token import AUDIENCE, sign_token
from functions.account.google_sign_in import GoogleSignIn, GoogleSignInFailed
from infra.registry import ROOT
from shared.services import Services, use
from tests.conftest import Client, ClientFactory
from tests.integration.shared.files.storage_server import serving
from tests.servers import have_official_firestore, official_firestore

ACCOUNT = GoogleSignIn("google-token-of-a-test", "fn-account@mend.iam.gserviceaccount.com")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PROJECT = "mend"
OWNER = {"Authorization": "Bearer owner"}
NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the emulator has the machine's clock
HOUR = timedelta(hours=1)
ME, SOMEBODY = uuid4(), uuid4()


class Google:
    """Signs as `projects.serviceAccounts.signJwt` documents, or answers with a fault."""

    fault: Response | None = None

    async def sign(self, request: Request) -> Response:
        assert request.url.path == f"/v1/projects/-/serviceAccounts/{ACCOUNT.service_account}:signJwt"
        assert request.headers["authorization"] == f"Bearer {ACCOUNT.token}"
        payload = json.loads((await request.json())["payload"])
        return self.fault or JSONResponse({"keyId": "1", "signedJwt": jwt.encode(payload, KEY, "RS256")})


@pytest.fixture(scope="module")
def google() -> Google:
    return Google()


@pytest.fixture(scope="module")
def api(google: Google) -> Iterator[str]:
    with serving(Starlette(routes=[Route("/{path:path}", google.sign, methods=["POST"])])) as url:
        yield url


async def claims_of(api: str, person: UUID) -> dict[str, Any]:
    token = await sign_token(person, NOW, ACCOUNT, api=api)
    claims: dict[str, Any] = jwt.decode(token, KEY.public_key(), ["RS256"], {"verify_exp": False}, audience=AUDIENCE)
    return claims


async def test_a_token_is_what_firebase_takes(api: str) -> None:
    """It is for the person, by our service account, and valid for an hour, as is what it lets them read."""
    claims = await claims_of(api, ME)

    begins, ends = int(NOW.timestamp()), int((NOW + HOUR).timestamp())
    assert (claims.pop("iss"), claims.pop("sub")) == (ACCOUNT.service_account, ACCOUNT.service_account)
    assert claims == {"aud": AUDIENCE, "iat": begins, "exp": ends, "uid": str(ME), "claims": {"until": ends}}


@pytest.mark.parametrize(
    "fault",
    [
        JSONResponse({"error": {"code": 403, "status": "PERMISSION_DENIED"}}, 403),
        JSONResponse({"error": {"code": 501, "status": "UNIMPLEMENTED"}}, 501),
        Response("<html>", 200),
    ],
    ids=["refused", "error", "no JSON"],
)
async def test_a_token_that_google_does_not_sign_is_a_failure(
    api: str, google: Google, fault: Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app may try again."""
    monkeypatch.setattr(google, "fault", fault)

    with pytest.raises(GoogleSignInFailed):
        await sign_token(ME, NOW, ACCOUNT, api=api)


async def test_a_sign_in_without_a_service_account_signs_nothing() -> None:
    """Such as that of a developer."""
    with pytest.raises(GoogleSignInFailed):
        await sign_token(ME, NOW, GoogleSignIn("token", None))


async def test_without_firebase_there_is_no_token(client_for: ClientFactory) -> None:
    """The answer says where the documents are."""
    answer = await client_for("account").post("/firebase-token")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_firebase")


async def test_without_google_there_is_no_token(
    client_for: ClientFactory, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app may try again."""
    account: Client = client_for("account")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "no-such-file.json")
    elsewhere = Services(services.settings.model_copy(update={"environ": {"FIREBASE_PROJECT": PROJECT}}))
    use(elsewhere)

    answer = await account.post("/firebase-token")
    await elsewhere.database.close()

    assert (answer.status_code, answer.json()["code"]) == (503, "google_sign_in_failed")


@pytest.fixture(scope="module")
def documents() -> Iterator[str]:
    """The URL of `people`, where two people have a document each."""
    if not have_official_firestore():
        pytest.skip("`gcloud components install cloud-firestore-emulator` installs it")
    with official_firestore(ROOT / "infra/terraform/firestore.rules") as url:
        people = f"{url}/v1/projects/{PROJECT}/databases/(default)/documents/people"
        for person in (ME, SOMEBODY):
            stored = httpx.patch(f"{people}/{person}/live/streak", json={"fields": {}}, headers=OWNER, timeout=60)
            assert stored.status_code == 200
        yield people


async def signed_in(api: str, person: UUID, **changes: object) -> dict[str, str]:
    """The header of whoever has signed in with a token. Firebase passes its own claims on; the emulator checks none."""
    claims = (await claims_of(api, person))["claims"] | changes
    seconds = int(NOW.timestamp())
    issued = {"iss": f"https://securetoken.google.com/{PROJECT}", "aud": PROJECT, "iat": seconds, "auth_time": seconds}
    about = {"sub": str(person), "user_id": str(person), "exp": seconds + 3600}
    return {"Authorization": f"Bearer {jwt.encode({**issued, **about, **claims}, '', 'none')}"}


async def statuses(method: str, *urls: str, headers: dict[str, str] | None = None) -> list[int]:
    body: Any = {"fields": {}} if method == "PATCH" else None
    async with httpx.AsyncClient(timeout=60) as app:
        return [(await app.request(method, url, json=body, headers=headers)).status_code for url in urls]


async def test_a_person_reads_their_own_documents(api: str, documents: str) -> None:
    """One by its name, and all of them."""
    urls = [f"{documents}/{ME}/live/streak", f"{documents}/{ME}/live"]

    assert await statuses("GET", *urls, headers=await signed_in(api, ME)) == [200, 200]


async def test_a_person_reads_no_documents_of_others(api: str, documents: str) -> None:
    """Nor who there is."""
    paths = [f"/{SOMEBODY}/live/streak", f"/{SOMEBODY}/live", f"/{SOMEBODY}", "", f"/{ME}"]
    urls = [documents + path for path in paths]

    assert await statuses("GET", *urls, headers=await signed_in(api, ME)) == [403] * 5


async def test_nobody_reads_without_sign_in(documents: str) -> None:
    """Documents are of one person each."""
    assert await statuses("GET", f"{documents}/{ME}/live/streak") == [403]


@pytest.mark.parametrize("until", [None, "never", int((NOW - HOUR).timestamp())])
async def test_a_sign_in_reads_only_until_the_time_in_its_token(api: str, documents: str, until: object) -> None:
    """Whatever Firebase's own refresh token allows."""
    headers = await signed_in(api, ME, until=until)

    assert await statuses("GET", f"{documents}/{ME}/live/streak", headers=headers) == [403]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_person_writes_no_document(api: str, documents: str, method: str) -> None:
    """Nor deletes one: documents are copies of the record."""
    urls = [f"{documents}/{ME}/live/streak", f"{documents}/{ME}/live/new"]

    assert await statuses(method, *urls, headers=await signed_in(api, ME)) == [403, 403]
