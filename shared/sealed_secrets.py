"""Encrypts small secrets at rest, such as OAuth tokens, with AES-256-GCM.

Format: length of the key id (1 byte), key id, nonce (12 bytes), ciphertext, tag (16 bytes). Key id, purpose and owner
are authenticated as associated data, so a sealed secret can only be opened for the same purpose and owner.
"""

import hmac
import secrets
from base64 import b64decode
from functools import cached_property
from uuid import UUID

from shared.local_secret import local_secret
from shared.settings import Settings

LOCAL_KEY_ID = "local"
NONCE_BYTES = 12
VERSION = b"mend sealed 1\0"


class Unsealable(Exception):
    """A sealed secret was changed, or has another purpose or owner, or its key is not in SEALING_KEYS."""


class Sealer:
    """Encrypts with the first key of SEALING_KEYS and decrypts with any of them, so that keys can be rotated."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def seal(self, purpose: str, owner: UUID, plaintext: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id, key = next(iter(self._keys.items()))
        header = _header(key_id)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return header + nonce + AESGCM(key).encrypt(nonce, plaintext, _associated_data(header, purpose, owner))

    def unseal(self, purpose: str, owner: UUID, sealed: bytes) -> bytes:
        """The plaintext. Raises `Unsealable` unless `seal` made it for this purpose and owner."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        end = 1 + sealed[0] if sealed else 0
        header, nonce, ciphertext = sealed[:end], sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]
        key = self._keys.get(header[1:].decode("ascii", "replace"))
        if key is None or len(nonce) < NONCE_BYTES:
            raise Unsealable
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, _associated_data(header, purpose, owner))
        except InvalidTag:
            raise Unsealable from None

    def digests(self, purpose: str, content: bytes) -> list[bytes]:
        """Digests by which a content is recognised but not read: with the present key, then with each former one."""
        return [hmac.digest(key, VERSION + purpose.encode() + b"\0" + content, "sha256") for key in self._keys.values()]

    @cached_property
    def _keys(self) -> dict[str, bytes]:
        setting = self._settings.sealing_keys
        if setting is None:
            return {LOCAL_KEY_ID: local_secret(self._settings.mend_home, "sealing.key")}
        pairs = (pair.split(":") for pair in setting.get_secret_value().split(","))
        return {key_id: b64decode(key) for key_id, key in pairs}


def _header(key_id: str) -> bytes:
    return bytes([len(key_id)]) + key_id.encode("ascii")


def _associated_data(header: bytes, purpose: str, owner: UUID) -> bytes:
    return VERSION + header + owner.bytes + purpose.encode()
