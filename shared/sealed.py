"""Small secrets at rest, such as OAuth tokens: encrypted and authenticated with AES-256-GCM.

A sealed secret is the length of its key's id (1 byte), that id, a nonce (12 bytes), the ciphertext and its tag (16).
The id, the purpose and the owner are authenticated along: a sealed secret opens only for what it was sealed for.
"""

import secrets
from base64 import b64decode
from functools import cached_property
from uuid import UUID

from shared.local_secret import local_secret
from shared.settings import Settings

LOCAL_KEY_ID = "local"
NONCE = 12  # bytes
VERSION = b"mend sealed 1\0"


class Unsealable(Exception):
    """A sealed secret was changed, was sealed for something else, or its key is not among SEALING_KEYS."""


class Sealer:
    """Seals with the first key of SEALING_KEYS and opens with all of them, so that a key can be replaced."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def seal(self, purpose: str, owner: UUID, plaintext: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id, key = next(iter(self._keys.items()))
        header = _header(key_id)
        nonce = secrets.token_bytes(NONCE)
        return header + nonce + AESGCM(key).encrypt(nonce, plaintext, _bound(header, purpose, owner))

    def unseal(self, purpose: str, owner: UUID, sealed: bytes) -> bytes:
        """The plaintext. Raises `Unsealable` for anything but what `seal` made for this purpose and owner."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        end = 1 + sealed[0] if sealed else 0
        header, nonce, ciphertext = sealed[:end], sealed[end : end + NONCE], sealed[end + NONCE :]
        key = self._keys.get(header[1:].decode("ascii", "replace"))
        if key is None or len(nonce) < NONCE:
            raise Unsealable
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, _bound(header, purpose, owner))
        except InvalidTag:
            raise Unsealable from None

    @cached_property
    def _keys(self) -> dict[str, bytes]:
        given = self._settings.sealing_keys
        if given is None:
            return {LOCAL_KEY_ID: local_secret(self._settings.mend_home, "sealing.key")}
        pairs = (pair.split(":") for pair in given.get_secret_value().split(","))
        return {key_id: b64decode(key) for key_id, key in pairs}


def _header(key_id: str) -> bytes:
    return bytes([len(key_id)]) + key_id.encode("ascii")


def _bound(header: bytes, purpose: str, owner: UUID) -> bytes:
    return VERSION + header + owner.bytes + purpose.encode()
