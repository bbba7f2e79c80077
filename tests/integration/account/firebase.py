"""A Google that signs tokens for Firebase, and what it has signed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from functions.account.firebase_token import AUDIENCE, sign_token
from functions.account.google_sign_in import GoogleSignIn
from tests.integration.shared.files.storage_server import serving

ACCOUNT = GoogleSignIn("google-token-of-a-test", "fn-account@mend.iam.gserviceaccount.com")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PROJECT = "mend"
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


@contextmanager
def signing(google: Google) -> Iterator[str]:
    """The URL of a Google that signs."""
    with serving(Starlette(routes=[Route("/{path:path}", google.sign, methods=["POST"])])) as url:
        yield url


async def claims_of(api: str, person: UUID) -> dict[str, Any]:
    token = await sign_token(person, NOW, ACCOUNT, api=api)
    claims: dict[str, Any] = jwt.decode(token, KEY.public_key(), ["RS256"], {"verify_exp": False}, audience=AUDIENCE)
    return claims
