"""The token by which a person's app signs in to Firebase, to listen to their live documents in Firestore.

At the first sign-in Firebase creates a user with the id of the person, whose refresh token never expires. So the token
has a claim `until`, which all later ones inherit: `infra/terraform/firestore.rules` lets nobody read after that time. A
device that was signed out from Mend gets no other token.
"""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json
from starlette.responses import Response

from functions.account.errors import NoFirebase
from functions.account.google_sign_in import GoogleSignIn, GoogleSignInFailed, sign_in
from functions.account.settings import AccountSettings
from shared.http import LongCall, LongOperation, ResponseModel, model_response

API = "https://iamcredentials.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/iam"
AUDIENCE = "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"
VALID_FOR = timedelta(hours=1)  # the longest that Firebase accepts


class FirebaseToken(ResponseModel):
    """A custom token of Firebase: call `signInWithCustomToken`, then listen to the documents in `people/{uid}/live`.

    Get another token shortly before `valid_until`.
    """

    # An id in the response also keeps the token from being stored for an Idempotency-Key.
    uid: UUID
    token: str
    valid_until: datetime


class SignedToken(BaseModel):
    token: str = Field(alias="signedJwt")


async def create_firebase_token(call: LongCall) -> Response:
    """Sign in to Firebase, where your live documents are."""
    await call.refuse_erased()
    if call.services.settings.of(AccountSettings).firebase_project is None:
        raise NoFirebase
    token = await sign_token(call.person.id, call.now, await sign_in(SCOPE))
    return model_response(FirebaseToken(uid=call.person.id, token=token, valid_until=call.now + VALID_FOR), 201)


async def sign_token(person: UUID, now: datetime, account: GoogleSignIn, *, api: str = API) -> str:
    """Have Google sign a token with the key of our service account. Raises `GoogleSignInFailed`."""
    from shared.outbound.host import Host
    from shared.outbound.messages import Limits, OutboundRequest, RequestFailed
    from shared.outbound.run import Run

    if account.service_account is None:
        raise GoogleSignInFailed
    request = OutboundRequest(
        "POST",
        "/v1/projects/-/serviceAccounts/{account}:signJwt",
        {"account": account.service_account},
        headers={"Authorization": f"Bearer {account.token}", "Content-Type": "application/json"},
        body=to_json({"payload": to_json(_claims(person, now, account.service_account)).decode()}),
        repeatable=True,
    )
    try:
        async with Run(Host(api, Limits(seconds=10, request_seconds=5))) as run:
            response = await run.send(request)
        return SignedToken.model_validate_json(response.body).token
    except (RequestFailed, ValidationError) as error:
        raise GoogleSignInFailed from error


def _claims(person: UUID, now: datetime, account: str) -> dict[str, object]:
    begins, ends = int(now.timestamp()), int((now + VALID_FOR).timestamp())
    own = {"uid": str(person), "claims": {"until": ends}}
    return {"iss": account, "sub": account, "aud": AUDIENCE, "iat": begins, "exp": ends, **own}


OPERATIONS = (LongOperation("POST", "/firebase-token", create_firebase_token, {201: FirebaseToken}),)
