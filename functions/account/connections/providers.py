"""The services that people can connect, with their addresses and what Mend asks of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.account.connections.models import ProviderName
from functions.account.settings import AccountSettings
from shared.outbound.messages import Limits
from shared.settings import Settings

SPOTIFY = "https://accounts.spotify.com"
SPOTIFY_API = "https://api.spotify.com"
GOOGLE = "https://accounts.google.com"
GOOGLE_TOKENS = "https://oauth2.googleapis.com"
LIMITS = Limits(seconds=12, request_seconds=6)


@dataclass(frozen=True, slots=True)
class Provider:
    """An OAuth provider. `client` goes into every request for tokens."""

    name: ProviderName
    authorize_url: str
    grants_host: str
    grant_route: str
    revoke_route: str | None  # not every provider has one
    api_host: str
    client: Mapping[str, str]
    parameters: Mapping[str, str]  # of the page where a person agrees

    @property
    def purpose(self) -> str:
        """What tokens are sealed for."""
        return f"connection {self.name}"


def providers(settings: Settings) -> dict[str, Provider]:
    """Those that this installation is set up for.

    Spotify takes either a secret or PKCE, so it gets no secret. Google wants both.
    """
    own, local = settings.of(AccountSettings), settings.of(AccountSettings).connections_url
    available = {}
    if settings.spotify_client_id:
        host = local or SPOTIFY
        available["spotify"] = Provider(
            name="spotify",
            authorize_url=f"{host}/authorize",
            grants_host=host,
            grant_route="/api/token",
            revoke_route=None,
            api_host=local or SPOTIFY_API,
            client={"client_id": settings.spotify_client_id.get_secret_value()},
            parameters={"scope": "user-modify-playback-state"},
        )
    if own.google_client_id and own.google_client_secret:
        available["google"] = Provider(
            name="google",
            authorize_url=f"{local or GOOGLE}/o/oauth2/v2/auth",
            grants_host=local or GOOGLE_TOKENS,
            grant_route="/token",
            revoke_route="/revoke",
            api_host=local or GOOGLE_TOKENS,
            client={
                "client_id": own.google_client_id.get_secret_value(),
                "client_secret": own.google_client_secret.get_secret_value(),
            },
            parameters={"scope": "openid", "access_type": "offline", "prompt": "consent"},
        )
    return available
