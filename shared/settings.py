"""Everything a process reads from its environment: one frozen object, checked once."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class BadSettings(Exception):
    """Some settings are wrong or missing."""


def _comma_separated(value: object) -> object:
    return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value


class Settings(BaseModel):
    """With nothing set, everything runs on this machine: embedded Postgres, local tokens, local events."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="ignore")

    database_url: SecretStr | None = None
    pool_size: PositiveInt = 4  # instances x pool_size must stay under the pooler's client limit
    supabase_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    google_cloud_project: str | None = None  # ties log lines to their traces
    firestore_project: str | None = None
    pubsub_project: str | None = None
    relay_secret: SecretStr | None = None  # what the database webhook sends, so that only it wakes the relay
    cors_origins: tuple[str, ...] = ()
    rate_limit_per_minute: PositiveInt = 100
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = 0  # hops of X-Forwarded-For that are our own front end
    request_seconds: PositiveFloat = 25.0
    mend_home: Path = PROJECT_ROOT / ".mend"
    clock_offset: int = 0  # seconds, for tests of other dates (shared/clock.py)
    spotify_client_id: SecretStr | None = None
    spotify_client_secret: SecretStr | None = None
    tmdb_token: SecretStr | None = None  # the API read access token, not the older key
    google_books_key: SecretStr | None = None
    bible_api_key: SecretStr | None = None  # of API.Bible
    fcm_project: str | None = None
    resend_key: SecretStr | None = None
    sendgrid_key: SecretStr | None = None
    mail_from: str | None = Field(default=None, pattern=r"^([^<>@\r\n]+ <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$")
    link_secret: SecretStr | None = Field(default=None, min_length=32)
    public_url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://\S*[^\s/]$")

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.resend_key and self.sendgrid_key:
            raise ValueError("RESEND_KEY and SENDGRID_KEY exclude each other")
        if (self.resend_key or self.sendgrid_key) and not (self.mail_from and self.link_secret):
            raise ValueError("mail needs MAIL_FROM and LINK_SECRET as well")
        return self

    @property
    def issuer(self) -> str:
        return f"{self.supabase_url or 'http://mend.local'}/auth/v1"

    @property
    def jwks_url(self) -> str:
        if self.supabase_url is None:
            return (self.mend_home / "jwks.json").absolute().as_uri()
        return f"{self.supabase_url}/auth/v1/.well-known/jwks.json"

    @classmethod
    def from_mapping(cls, environ: Mapping[str, str]) -> "Settings":
        given: dict[str, Any] = {n: environ[n.upper()] for n in cls.model_fields if environ.get(n.upper())}
        given["cors_origins"] = _comma_separated(given.get("cors_origins", ""))
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            faults = (
                [*(str(name).upper() for name in e["loc"][:1]), e["msg"]] for e in error.errors(include_input=False)
            )
            raise BadSettings("; ".join(map(": ".join, faults))) from None


@cache
def settings() -> Settings:
    """This process's settings. The only place that reads the environment."""
    return Settings.from_mapping(os.environ)  # noqa: TID251 - this is the one place
