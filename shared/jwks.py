"""The public keys that sign people's tokens: fetched once, kept while young, still trusted while the issuer is away."""

import asyncio
import json
import urllib.request
from collections.abc import Callable

from jwt import PyJWK, PyJWTError

from shared import logs
from shared.clock import utc_now

FETCH_SECONDS = 2.0
SOFT_AGE = 10 * 60  # older than this: fetch again
HARD_AGE = 60 * 60  # older than this: no longer trusted, even while the issuer cannot be reached
COOLDOWN = 30  # between fetches, whoever asks: an unknown key is no reason to hammer the issuer
EMPTY_COOLDOWN = 5  # the same while there is no key at all, so that nobody can sign in
MOST_BYTES = 64 * 1024
ALGORITHMS = ("ES256", "RS256")


class KeysUnavailable(Exception):
    """No trusted keys are at hand and the issuer cannot be reached."""


class KeySet:
    """Keys by their id. A fetch replaces them all, so that a revoked key is gone with the next one."""

    def __init__(self, url: str, clock: Callable[[], float] = lambda: utc_now().timestamp()) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()
        self.generation = 0

    async def find(self, key_id: str) -> PyJWK | None:
        """The key of that id, or None if the issuer does not have it."""
        if not self.fresh or key_id not in self._keys:
            await self._refresh(waiting=key_id not in self._keys or self._age > HARD_AGE)
        if self._age > HARD_AGE:
            raise KeysUnavailable
        return self._keys.get(key_id)

    @property
    def fresh(self) -> bool:
        return self._age <= SOFT_AGE

    @property
    def _age(self) -> float:
        return self._clock() - self._fetched_at

    async def _refresh(self, *, waiting: bool) -> None:
        if self._fetching.locked() and not waiting:
            return  # somebody is at it, and what we have will do
        asked_at = self._clock()
        async with self._fetching:
            if asked_at - self._tried_at < (COOLDOWN if self._keys else EMPTY_COOLDOWN):
                return
            self._tried_at = asked_at
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    self._keys = _parsed(await asyncio.to_thread(_fetch, self._url))
            except Exception as error:  # noqa: BLE001 - whatever a broken proxy may answer in the issuer's name
                logs.failure("keys_not_fetched", error)
                return  # keep what we have; `find` decides whether it is still good
            self._fetched_at = self._clock()
            self.generation += 1


def _fetch(url: str) -> bytes:
    # urllib, not httpx: one GET every ten minutes is not worth 70 ms of import in every cold start.
    with urllib.request.urlopen(url, timeout=FETCH_SECONDS) as response:  # noqa: S310 - the URL is a setting
        return bytes(response.read(MOST_BYTES))


def _parsed(document: bytes) -> dict[str, PyJWK]:
    keys: dict[str, PyJWK] = {}
    for jwk in json.loads(document)["keys"]:
        try:
            key = PyJWK(jwk)
        except PyJWTError:
            continue  # of a kind we do not know
        if key.key_id and key.algorithm_name in ALGORITHMS and jwk.get("use", "sig") == "sig":
            keys[key.key_id] = key
    return keys
