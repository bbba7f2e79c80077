"""Signs receipts with Ed25519, and verifies them without a network.

A signed receipt is canonical JSON: sorted names, no spaces. It is accepted only byte for byte as it was issued.
"""

import json
from collections.abc import Mapping
from typing import Any

from functions.account.settings import AccountSettings
from shared.local_secret import local_secret
from shared.settings import Settings

LOCAL_KEY_ID = "local"


class ReceiptRefused(Exception):
    """The receipt was changed, or another key than the published ones has signed it."""


def canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(settings: Settings, receipt: Mapping[str, Any]) -> bytes:
    """The receipt with the id of the signing key and its signature."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key_id, seed = next(iter(_seeds(settings).items()))
    signed = {**receipt, "key": key_id}
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(canonical(signed))
    return canonical({"receipt": signed, "signature": signature.hex()})


def public_keys(settings: Settings) -> dict[str, str]:
    """The public keys by their ids, in hexadecimal digits."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seeds = _seeds(settings).items()
    return {
        key_id: Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()
        for key_id, seed in seeds
    }


def verify(document: bytes, keys: Mapping[str, str]) -> dict[str, Any]:
    """The receipt in a document as `sign` returns it. Raises `ReceiptRefused`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        parsed = json.loads(document)
        receipt: dict[str, Any] = parsed["receipt"]
        if canonical(parsed) != document:
            raise ReceiptRefused
        signature = bytes.fromhex(parsed["signature"])
        if signature.hex() != parsed["signature"]:
            raise ReceiptRefused
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[receipt["key"]]))
        key.verify(signature, canonical(receipt))
    except (InvalidSignature, KeyError, RecursionError, TypeError, ValueError):
        raise ReceiptRefused from None
    return receipt


def _seeds(settings: Settings) -> Mapping[str, bytes]:
    return settings.of(AccountSettings).receipt_seeds or {LOCAL_KEY_ID: local_secret(settings.mend_home, "receipt.key")}
