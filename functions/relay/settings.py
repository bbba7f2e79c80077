"""Where events are published, and the secret of the caller."""

from pydantic import SecretStr

from shared.settings import OwnSettings


class RelaySettings(OwnSettings):
    pubsub_project: str | None = None
    relay_secret: SecretStr | None = None  # a bearer token that the database webhook sends
