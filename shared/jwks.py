"""The issuer's public keys (JWKS), cached for ten minutes.

While the issuer cannot be reached, cached keys stay trusted for an hour.
"""

import asyncio
import json
import urllib.request
from collections.abc import Callable

from jwt import PyJWK, PyJWTError

from shared import logs
from shared.clock import utc_now

FETCH_SECONDS = 2.0
SOFT_AGE = 10 * 60  # older keys are fetched again
HARD_AGE = 60 * 60  # older keys are not trusted, even while the issuer cannot be reached
COOLDOWN = 30  # between two fetches, so that tokens with unknown key ids cannot flood the issuer
EMPTY_COOLDOWN = 5  # the same while there are no keys, when all requests fail
MOST_BYTES = 64 * 1024
ALGORITHMS = ("ES256", "RS256")


class KeysUnavailable(Exception):
    """There are no trusted keys, and the issuer cannot be reached."""


class KeySet:
    """The keys by id. Each fetch replaces all of them, which removes revoked keys, and raises the generation by one."""

    def __init__(self, url: str, clock: Callable[[], float] = lambda: utc_now().timestamp()) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()
        self.generation = 0

    async def load_key(self, key_id: str) -> PyJWK | None:
        """The key with that id, or None if the issuer has no such key. May fetch. Raises `KeysUnavailable`."""
        if not self.fresh or key_id not in self._keys:
            await self._refresh(must_wait=key_id not in self._keys or self._age > HARD_AGE)
        if self._age > HARD_AGE:
            raise KeysUnavailable
        return self._keys.get(key_id)

    @property
    def fresh(self) -> bool:
        return self._age <= SOFT_AGE

    @property
    def _age(self) -> float:
        return self._clock() - self._fetched_at

    async def _refresh(self, *, must_wait: bool) -> None:
        """Fetch the keys. While another task fetches them, wait for it only if the caller has no usable key."""
        if self._fetching.locked() and not must_wait:
            return
        started_at = self._clock()
        async with self._fetching:
            if started_at - self._tried_at < (COOLDOWN if self._keys else EMPTY_COOLDOWN):
                return
            self._tried_at = started_at
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    self._keys = _parsed(await asyncio.to_thread(_fetch, self._url))
            except Exception as error:  # noqa: BLE001 - a broken proxy may send anything
                logs.failure("keys_not_fetched", error)
                return  # `load_key` decides whether the old keys are still trusted
            self._fetched_at = self._clock()
            self.generation += 1


def _fetch(url: str) -> bytes:
    # urllib, because importing httpx takes 70 ms of every cold start, for one GET in ten minutes.
    with urllib.request.urlopen(url, timeout=FETCH_SECONDS) as response:  # noqa: S310 - the URL is a setting
        return bytes(response.read(MOST_BYTES))


def _parsed(document: bytes) -> dict[str, PyJWK]:
    keys: dict[str, PyJWK] = {}
    for jwk in json.loads(document)["keys"]:
        try:
            key = PyJWK(jwk)
        except PyJWTError:
            continue  # an unknown key type
        if key.key_id and key.algorithm_name in ALGORITHMS and jwk.get("use", "sig") == "sig":
            keys[key.key_id] = key
    return keys
