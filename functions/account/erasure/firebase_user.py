"""Deletes the user that Firebase has created for a person, by the admin API of Firebase Authentication."""

from uuid import UUID

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from functions.account.erasure.installations import FirebaseUnavailable
from functions.account.google_sign_in import access_token

API = "https://identitytoolkit.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/identitytoolkit"
OK = 200
# Whoever never signed in to Firebase has no user there. Nor has anybody where Firebase Authentication is not set up.
NO_USER = {"USER_NOT_FOUND", "CONFIGURATION_NOT_FOUND"}


class ErrorDetail(BaseModel):
    message: str = ""


class ErrorBody(BaseModel):
    error: ErrorDetail = ErrorDetail()


async def delete_firebase_user(project: str, person: UUID, *, api: str = API, token: str | None = None) -> None:
    """Raises `FirebaseUnavailable`."""
    from shared.outbound.host import Host
    from shared.outbound.messages import Limits, OutboundRequest, RequestFailed
    from shared.outbound.run import Run

    headers = {"Authorization": f"Bearer {token or await access_token(SCOPE)}", "Content-Type": "application/json"}
    body = to_json({"localId": str(person)})
    request = OutboundRequest(
        "POST", "/v1/projects/{project}/accounts:delete", {"project": project}, body=body, repeatable=True
    )
    try:
        async with Run(Host(api, Limits(), headers)) as run:
            response = await run.send(request)
    except RequestFailed as error:
        raise FirebaseUnavailable from error
    if response.status != OK and _reason(response.body) not in NO_USER:
        raise FirebaseUnavailable


def _reason(body: bytes) -> str:
    """The code of an error, which a colon and an explanation may follow."""
    try:
        return ErrorBody.model_validate_json(body).error.message.partition(":")[0].strip()
    except ValidationError:
        return ""
