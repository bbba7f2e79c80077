"""Where events are published, and who may ask for it."""

from pydantic import SecretStr

from shared.settings import OwnSettings


class RelaySettings(OwnSettings):
    pubsub_project: str | None = None
    relay_secret: SecretStr | None = None  # what the database webhook sends, so that only it wakes the relay
