"""The credentials of the providers. A provider without credentials is left out."""

from pydantic import SecretStr

from shared.settings import OwnSettings


class ContentSettings(OwnSettings):
    spotify_client_secret: SecretStr | None = None
    tmdb_token: SecretStr | None = None  # the API read access token, not the older key
    google_books_key: SecretStr | None = None
    bible_api_key: SecretStr | None = None  # for API.Bible
