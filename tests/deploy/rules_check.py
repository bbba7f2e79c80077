"""What an app may read and write by the rules of Firestore, on Google's own emulator: no other one applies rules.

`gcloud components install cloud-firestore-emulator` installs it.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest

from infra.registry import ROOT
from tests.integration.account.firebase import HOUR, ME, NOW, PROJECT, SOMEBODY, Google, claims_of, signing
from tests.servers import official_firestore

OWNER = {"Authorization": "Bearer owner"}


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with signing(Google()) as url:
        yield url


@pytest.fixture(scope="module")
def documents() -> Iterator[str]:
    """The URL of `people`, where two people have a document each."""
    with official_firestore(ROOT / "infra/terraform/firestore.rules") as url:
        people = f"{url}/v1/projects/{PROJECT}/databases/(default)/documents/people"
        for person in (ME, SOMEBODY):
            stored = httpx.patch(f"{people}/{person}/live/streak", json={"fields": {}}, headers=OWNER, timeout=60)
            assert stored.status_code == 200
        yield people


async def signed_in(api: str, person: UUID, **changes: object) -> dict[str, str]:
    """The header of whoever has signed in with a token. Firebase passes its own claims on; the emulator checks none."""
    claims = (await claims_of(api, person))["claims"] | changes
    seconds = int(NOW.timestamp())
    issued = {"iss": f"https://securetoken.google.com/{PROJECT}", "aud": PROJECT, "iat": seconds, "auth_time": seconds}
    about = {"sub": str(person), "user_id": str(person), "exp": seconds + 3600}
    return {"Authorization": f"Bearer {jwt.encode({**issued, **about, **claims}, '', 'none')}"}


async def statuses(method: str, *urls: str, headers: dict[str, str] | None = None) -> list[int]:
    body: Any = {"fields": {}} if method == "PATCH" else None
    async with httpx.AsyncClient(timeout=60) as app:
        return [(await app.request(method, url, json=body, headers=headers)).status_code for url in urls]


async def test_a_person_reads_their_own_documents(api: str, documents: str) -> None:
    """One by its name, and all of them."""
    urls = [f"{documents}/{ME}/live/streak", f"{documents}/{ME}/live"]

    assert await statuses("GET", *urls, headers=await signed_in(api, ME)) == [200, 200]


async def test_a_person_reads_no_documents_of_others(api: str, documents: str) -> None:
    """Nor who there is."""
    paths = [f"/{SOMEBODY}/live/streak", f"/{SOMEBODY}/live", f"/{SOMEBODY}", "", f"/{ME}"]
    urls = [documents + path for path in paths]

    assert await statuses("GET", *urls, headers=await signed_in(api, ME)) == [403] * 5


async def test_nobody_reads_without_sign_in(documents: str) -> None:
    """Documents are of one person each."""
    assert await statuses("GET", f"{documents}/{ME}/live/streak") == [403]


@pytest.mark.parametrize("until", [None, "never", int((NOW - HOUR).timestamp())], ids=["no time", "a word", "over"])
async def test_a_sign_in_reads_only_until_the_time_in_its_token(api: str, documents: str, until: object) -> None:
    """Whatever Firebase's own refresh token allows."""
    headers = await signed_in(api, ME, until=until)

    assert await statuses("GET", f"{documents}/{ME}/live/streak", headers=headers) == [403]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_person_writes_no_document(api: str, documents: str, method: str) -> None:
    """Nor deletes one: documents are copies of the record."""
    urls = [f"{documents}/{ME}/live/streak", f"{documents}/{ME}/live/new"]

    assert await statuses(method, *urls, headers=await signed_in(api, ME)) == [403, 403]
