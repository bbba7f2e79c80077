"""The settings of erasure, of connections, and of the sign-in to Firebase."""

import re
from base64 import b64decode
from typing import Annotated

from pydantic import AfterValidator, PositiveInt, SecretStr

from shared.pattern import Pattern
from shared.settings import OwnSettings, WebAddress

RECEIPT_KEYS = re.compile(r"[\w-]{1,32}:[A-Za-z0-9+/]{43}=(,[\w-]{1,32}:[A-Za-z0-9+/]{43}=)*", re.ASCII)


def _receipt_keys(setting: SecretStr) -> SecretStr:
    if not RECEIPT_KEYS.fullmatch(setting.get_secret_value()):
        raise ValueError("must be id:key,id:key, each key 32 bytes in base64")
    return setting


class AccountSettings(OwnSettings):
    firebase_project: str | None = None
    google_client_id: SecretStr | None = None
    google_client_secret: SecretStr | None = None
    connections_url: Annotated[WebAddress, Pattern(r"[^/]$", "must not end with a slash")] | None = None
    erasure_bucket: str | None = None
    receipt_keys: Annotated[SecretStr, AfterValidator(_receipt_keys)] | None = None
    backup_days: PositiveInt = 30
    log_days: PositiveInt = 30

    @property
    def receipt_seeds(self) -> dict[str, bytes]:
        """The private keys by their ids: the first one signs."""
        if self.receipt_keys is None:
            return {}
        pairs = (pair.split(":") for pair in self.receipt_keys.get_secret_value().split(","))
        return {key_id: b64decode(key) for key_id, key in pairs}
