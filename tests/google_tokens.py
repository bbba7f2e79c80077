"""The tokens that Google signs for the pushes of a subscription, and forged ones."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.clock import utc_now
from shared.events.senders import SenderCheck
from shared.jwks import KeySet
from shared.services import Services, use
from shared.settings import Settings

AUDIENCE = "https://events.example.org"
SENDER = "pushes@example.iam.gserviceaccount.com"
KEY_ID = "google-key"
GOOGLE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def id_token(key: rsa.RSAPrivateKey = GOOGLE_KEY, key_id: str = KEY_ID, **claims: object) -> str:
    """A token of our subscriptions' account, with some claims changed, or left out where they are None."""
    now = int(utc_now().timestamp())
    standard = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "112233445566778899",
        "email": SENDER,
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
    }
    payload = {name: value for name, value in (standard | claims).items() if value is not None}
    return jwt.encode(payload, key, "RS256", {"kid": key_id})


def signature_removed(token: str) -> str:
    """The token as Cloud Run passes it on."""
    return f"{token.rpartition('.')[0]}.SIGNATURE_REMOVED_BY_GOOGLE"


def publish_google_keys(folder: Path) -> str:
    """Write Google's key set to a file, and return its URL."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(GOOGLE_KEY.public_key(), as_dict=True)
    path = folder / "google-keys.json"
    path.write_text(json.dumps({"keys": [public | {"kid": KEY_ID, "alg": "RS256", "use": "sig"}]}))
    return path.as_uri()


class GoogleServices(Services):
    """Services that read Google's keys from a file."""

    @cached_property
    def event_senders(self) -> SenderCheck:
        return SenderCheck(self.settings, KeySet(publish_google_keys(self.settings.mend_home)))


@asynccontextmanager
async def checking_senders(settings: Settings, auth: str) -> AsyncIterator[None]:
    """The event functions verify their senders in this way: "iam" or "oidc"."""
    changes = {"event_auth": auth, "event_audience": AUDIENCE, "event_sender": SENDER}
    services = GoogleServices(settings.model_copy(update=changes))
    use(services)
    yield
    await services.database.close()


def token_as_received(auth: str, token: str) -> str:
    """The token as it reaches the function: with `iam`, Cloud Run has removed its signature."""
    return signature_removed(token) if auth == "iam" else token
