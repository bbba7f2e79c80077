"""The settings of a process, read from its environment and validated once. All problems are reported together.

`Settings` holds what all capabilities share. A capability's own settings are a subclass of `OwnSettings` in its folder.
"""

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)

from shared.pattern import Pattern

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class BadSettings(Exception):
    """Some settings are wrong or missing."""


def comma_separated(value: object) -> object:
    return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value


SEALING_KEYS = re.compile(r"[\w-]{1,32}:[A-Za-z0-9+/]{43}=(,[\w-]{1,32}:[A-Za-z0-9+/]{43}=)*", re.ASCII)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _sealing_keys(setting: SecretStr) -> SecretStr:
    text = setting.get_secret_value()
    ids = [pair.partition(":")[0] for pair in text.split(",")]
    if not SEALING_KEYS.fullmatch(text) or len(ids) > len(set(ids)):
        raise ValueError("must be id:key,id:key with different ids, each key 32 bytes in base64")
    return setting


WebAddress = Annotated[str, Pattern(r"^https?://\S+$", "must begin with https:// or http://, and have no spaces")]


class _Environment(BaseModel):
    """A field is read from the environment variable with its name in capitals. An empty one counts as not set."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="forbid")

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> dict[str, Any]:
        return {name: environ[name.upper()] for name in cls.model_fields if environ.get(name.upper())}

    @classmethod
    def faults(cls, environ: Mapping[str, str]) -> list[str]:
        """What is wrong with each variable, without its value."""
        try:
            cls.model_validate(cls.read(environ))
        except ValidationError as error:
            errors = error.errors(include_input=False)
            return [": ".join([*(str(name).upper() for name in e["loc"][:1]), e["msg"]]) for e in errors]
        return []


class OwnSettings(_Environment):
    """The settings of one capability. `Settings.of` reads them."""


Own = TypeVar("Own", bound=OwnSettings)


class Settings(_Environment):
    """The settings that all capabilities share. With none set, everything runs on this machine."""

    database_url: SecretStr | None = None
    pool_size: PositiveInt = 4  # instances x pool_size must stay under the pooler's client limit
    supabase_url: WebAddress | None = None
    supabase_service_key: SecretStr | None = None
    sealing_keys: Annotated[SecretStr, AfterValidator(_sealing_keys)] | None = None
    google_cloud_project: str | None = None  # ties log lines to their traces
    trace_project: str | None = None  # spans of sampled traces go to its Cloud Trace
    trace_url: Annotated[WebAddress, Pattern(r"[^/]$", "must not end with a slash")] | None = None
    error_service: str | None = None  # the name under which Cloud Error Reporting shows our failures
    firestore_project: str | None = None
    fcm_project: str | None = None
    stripe_key: SecretStr | None = None
    stripe_url: Annotated[WebAddress, Pattern(r"[^/]$", "must not end with a slash")] | None = None
    spotify_client_id: SecretStr | None = None
    support_email: Annotated[str, Pattern(r"^[^<>@\s,;]+@[^<>@\s,;]+$", "must be a mail address")] | None = None
    app_url: Annotated[WebAddress, Pattern(r"[^/]$", "must not end with a slash")] | None = None
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(comma_separated)] = ()
    rate_limit_per_minute: PositiveInt = 100
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = (
        0  # the last entries of X-Forwarded-For that our own proxies add
    )
    request_seconds: PositiveFloat = 25.0
    admin_requires_mfa: bool = True
    mend_home: Path = PROJECT_ROOT / ".mend"
    public_url: Annotated[WebAddress, Pattern(r"[^/]$", "must not end with a slash")] = "http://127.0.0.1:8080"
    event_auth: Literal["none", "iam", "oidc"] = "none"  # how the sender of an event proves itself
    event_audience: str | None = None
    event_sender: str | None = None  # the service account of our push subscriptions
    outbound_hosts: Literal["all", "loopback"] = "all"  # `loopback` forbids calls of other machines, in tests
    clock_offset: int = 0  # seconds, for tests of other dates (shared/clock.py)
    environ: Mapping[str, str] = Field(default={}, repr=False)  # for the capabilities' own settings

    @model_validator(mode="after")
    def _supabase_is_reached_by_https(self) -> Self:
        """Its key must stay secret, and nobody on the way may replace the keys that tokens are verified with."""
        address = urlsplit(self.supabase_url or "")
        if self.supabase_service_key and not self.supabase_url:
            raise ValueError("SUPABASE_SERVICE_KEY needs SUPABASE_URL")
        if self.supabase_url and address.scheme != "https" and address.hostname not in LOOPBACK:
            raise ValueError("SUPABASE_URL needs https unless it is on this machine")
        return self

    @model_validator(mode="after")
    def _event_senders_are_verified(self) -> Self:
        if self.event_auth != "none" and not (self.event_audience and self.event_sender):
            raise ValueError("EVENT_AUTH needs EVENT_AUDIENCE and EVENT_SENDER")
        if self.event_auth == "none" and not self.database_is_local:
            raise ValueError("EVENT_AUTH must be iam or oidc, because DATABASE_URL leads to another machine")
        return self

    @property
    def database_is_local(self) -> bool:
        """Whether the database is on this machine: none is named, or a socket or a loopback address is."""
        if self.database_url is None:
            return True
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        try:
            target = conninfo_to_dict(self.database_url.get_secret_value())
        except ProgrammingError:
            return False
        hosts = [*str(target.get("host") or "").split(","), *str(target.get("hostaddr") or "").split(",")]
        return all(not host or host.startswith("/") or host in LOOPBACK for host in hosts)

    @property
    def issuer(self) -> str:
        return f"{self.supabase_url or 'http://mend.local'}/auth/v1"

    @property
    def jwks_url(self) -> str:
        if self.supabase_url is None:
            return (self.mend_home / "jwks.json").absolute().as_uri()
        return f"{self.supabase_url}/auth/v1/.well-known/jwks.json"

    @property
    def app_address(self) -> str:
        """Where pages of other services lead back to."""
        return self.app_url or self.public_url

    def of(self, own: type[Own]) -> Own:
        """The settings of a capability, from the same environment."""
        return own.model_validate(own.read(self.environ))

    @classmethod
    def from_mapping(cls, environ: Mapping[str, str]) -> Self:
        """Raises `BadSettings` with all problems, including those of every imported capability's settings."""
        models: tuple[type[_Environment], ...] = (cls, *OwnSettings.__subclasses__())
        if faults := [fault for model in models for fault in model.faults(environ)]:
            raise BadSettings("; ".join(faults))
        return cls.model_validate({**cls.read(environ), "environ": dict(environ)})


@cache
def settings() -> Settings:
    """This process's settings. The only place that reads the environment."""
    return Settings.from_mapping(os.environ)  # noqa: TID251 - the only place
