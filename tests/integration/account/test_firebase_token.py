"""POST /account/firebase-token: a token by which an app signs in to its live documents."""

from collections.abc import Iterator

import pytest
from starlette.responses import JSONResponse, Response

from functions.account.firebase_token import AUDIENCE, sign_token
from functions.account.google_sign_in import GoogleSignIn, GoogleSignInFailed
from shared.services import Services, use
from tests.conftest import Client, ClientFactory
from tests.integration.account.firebase import ACCOUNT, HOUR, ME, NOW, PROJECT, Google, claims_of, signing


@pytest.fixture(scope="module")
def google() -> Google:
    return Google()


@pytest.fixture(scope="module")
def api(google: Google) -> Iterator[str]:
    with signing(google) as url:
        yield url


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
