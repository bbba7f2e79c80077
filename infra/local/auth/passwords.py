"""Hashes of passwords by scrypt: `n$salt$hash`."""

import hashlib
import hmac
import secrets

COST = 2**14
NO_PASSWORD = f"{COST}${bytes(16).hex()}$"  # the hash of none
MIN_LENGTH = 6  # Supabase's default


def hash_password(password: str) -> str:
    """Takes 50 ms of a processor: call it in a thread."""
    salt = secrets.token_bytes(16)
    return f"{COST}${salt.hex()}${_scrypt(password, salt, COST).hex()}"


def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password. Takes as long as `hash_password`, also if none is stored: time tells nothing."""
    cost, salt, digest = (stored or NO_PASSWORD).split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=cost, r=8, p=1)
