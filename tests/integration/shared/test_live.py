"""Live documents, which the app subscribes to: Postgres and Firestore behave in the same way."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from google.cloud.firestore import AsyncClient
from pydantic import JsonValue

from shared.clock import utc_now
from shared.live import FirestoreLive, LiveDocuments, LiveUnavailable, PostgresLive, StoredDocument
from shared.services import Services
from tests.conftest import sign_up
from tests.servers import firestore_emulator, have_firestore

TOMORROW = utc_now() + timedelta(days=1)
FIRESTORE_MARKS = [
    pytest.mark.firestore,
    pytest.mark.skipif(not have_firestore(), reason="`npm ci` in tests/tools installs it"),
]


@pytest.fixture(scope="module")
async def emulator() -> AsyncIterator[str]:
    """Async only to keep one event loop for all tests of the module: gRPC supports only one per process."""
    with firestore_emulator() as address:
        yield address


@pytest.fixture
def firestore(emulator: str, monkeypatch: pytest.MonkeyPatch) -> FirestoreLive:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    return FirestoreLive(f"test-{uuid4().hex}")


@pytest.fixture
def postgres(services: Services) -> PostgresLive:
    return PostgresLive(services.database)


@pytest.fixture(params=["postgres", pytest.param("firestore", marks=FIRESTORE_MARKS)])
def live(request: pytest.FixtureRequest) -> LiveDocuments:
    documents: LiveDocuments = request.getfixturevalue(request.param)
    return documents


@pytest.fixture
def people(live: LiveDocuments, request: pytest.FixtureRequest) -> tuple[UUID, UUID]:
    if isinstance(live, PostgresLive):
        database = request.getfixturevalue("database")
        return sign_up(database), sign_up(database)
    return uuid4(), uuid4()


async def test_a_document_comes_back_as_it_was_put(live: LiveDocuments, people: tuple[UUID, UUID]) -> None:
    """Every kind of value survives: none, all scripts, signs that mean something elsewhere, depth."""
    alice, _ = people
    documents: dict[str, dict[str, JsonValue]] = {
        "empty": {},
        "scalars": {"current": 3, "ratio": 0.5, "big": 2**53 - 1, "done": True, "support": None, "note": ""},
        "text": {"title": "Füße hoch 🧘🏽\u200d♀️", "שלום": "\u202eabc", "a.b/c": "`'\"\\", "lines": "one\ntwo"},
        "nested": {"items": [{"steps": [{"minutes": [5, 10]}]}, {}, "text", 1.5, None], "none": [], "of": {}},
    }
    for name, document in documents.items():
        await live.put([StoredDocument(alice, name, document, TOMORROW)])

    assert {name: await live.get(alice, name) for name in documents} == documents


async def test_nothing_is_found_where_nothing_was_put(live: LiveDocuments, people: tuple[UUID, UUID]) -> None:
    """An absent document is no error."""
    alice, _ = people

    assert await live.get(alice, "streak") is None


async def test_a_new_document_replaces_the_old_one_whole(live: LiveDocuments, people: tuple[UUID, UUID]) -> None:
    """A field that the new one lacks is gone."""
    alice, _ = people
    await live.put([StoredDocument(alice, "plan", {"steps": ["walk"], "of": {"old": 1}}, TOMORROW)])
    await live.put([StoredDocument(alice, "plan", {"of": {"new": 2}}, TOMORROW)])

    assert await live.get(alice, "plan") == {"of": {"new": 2}}


async def test_everybody_has_documents_of_their_own(live: LiveDocuments, people: tuple[UUID, UUID]) -> None:
    """The same name means another document for another person."""
    alice, bob = people
    await live.put([StoredDocument(alice, "inbox", {"unread": 1}, TOMORROW)])

    assert await live.get(bob, "inbox") is None
    await live.put([StoredDocument(bob, "inbox", {"unread": 2}, TOMORROW)])
    assert await live.get(alice, "inbox") == {"unread": 1}


async def test_an_expired_document_is_not_found(live: LiveDocuments, people: tuple[UUID, UUID]) -> None:
    """This holds before and after it is deleted. It is found again after it is written again."""
    alice, _ = people
    await live.put([StoredDocument(alice, "feed", {"items": ["old"]}, utc_now() - timedelta(seconds=1))])
    assert await live.get(alice, "feed") is None

    await live.put([StoredDocument(alice, "feed", {"items": ["new"]}, TOMORROW)])
    assert await live.get(alice, "feed") == {"items": ["new"]}


async def test_clearing_takes_all_of_one_person_and_nothing_else(
    live: LiveDocuments, people: tuple[UUID, UUID]
) -> None:
    """Erasure may also be repeated: where nothing is left there is nothing to do."""
    alice, bob = people
    for person in people:
        for name in ("feed", "inbox", "plan"):
            await live.put([StoredDocument(person, name, {}, TOMORROW)])

    await live.clear(alice)
    await live.clear(alice)

    assert [await live.get(alice, name) for name in ("feed", "inbox", "plan")] == [None] * 3
    assert [await live.get(bob, name) for name in ("feed", "inbox", "plan")] == [{}] * 3


async def test_a_ping_is_answered(live: LiveDocuments) -> None:
    """A store that works answers without an error."""
    await live.ping()


@pytest.mark.firestore
@FIRESTORE_MARKS[1]
async def test_firestore_holds_what_the_app_listens_to(emulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the path the security rules know, with real timestamps, by which the TTL policy deletes."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    alice = uuid4()
    before = utc_now()
    await FirestoreLive("test-app").put([StoredDocument(alice, "streak", {"current": 3}, TOMORROW)])

    snapshot = await AsyncClient(project="test-app").document(f"people/{alice}/live/streak").get()

    fields = snapshot.to_dict()
    assert fields is not None
    assert before <= fields.pop("updated_at") <= utc_now()
    assert fields == {"current": 3, "expires_at": TOMORROW}


async def test_a_silent_firestore_is_given_up_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """It never holds a request for longer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{silent.getsockname()[1]}")
        firestore = FirestoreLive("test-silent")

        async with asyncio.timeout(60):
            with pytest.raises(LiveUnavailable):
                await firestore.put([StoredDocument(uuid4(), "inbox", {"unread": 1}, TOMORROW)])


def test_firestore_is_not_imported_before_it_is_used() -> None:
    """Its import takes as long as all of our own, so a cold start must not wait for it."""
    program = "import sys, shared.live; shared.live.FirestoreLive('p'); print('grpc' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)

    assert done.stdout.strip() == "False"
