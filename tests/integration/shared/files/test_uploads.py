"""The life of uploads, with both stores."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from starlette.responses import Response

from shared.clock import utc_now
from shared.db import Database, person_role
from shared.files import queries, uploads
from shared.files.categories import CATEGORIES, UnknownCategory
from shared.files.content_type import CHECKS
from shared.files.local import LocalFileStore
from shared.files.port import PAGE_SIZE, FileNotStored, FileStore, FilesUnavailable, StoredContent, path_of
from shared.files.queries import FileRow
from shared.files.uploads import (
    COMPLETE_WITHIN,
    MOST_PENDING,
    SETTLED_KEPT,
    SWEEP_AFTER,
    FileRefused,
    MediaTypeRefused,
    NothingUploaded,
    TooManyUploads,
    Upload,
    UploadExpired,
)
from shared.ids import new_id
from shared.services import Services
from shared.settings import Settings
from tests.conftest import Clone, sign_up
from tests.integration.shared.files.conftest import InFolder, InSupabase, StoreStage
from tests.sample_files import HTML, JPEG, PDF, PNG, SAMPLES, png

PRIVATE = [name for name, category in CATEGORIES.items() if not category.public]


class Person:
    """A person, and their calls of `uploads`."""

    def __init__(self, services: Services, store: FileStore, browser: httpx.AsyncClient, person: UUID) -> None:
        self.id = person
        self._services, self._store, self._browser = services, store, browser

    def with_store(self, store: FileStore) -> "Person":
        return Person(self._services, store, self._browser, self.id)

    async def begin(self, category: str = "avatars", media_type: str = "image/png") -> Upload:
        return await uploads.begin(self._services.database, self._store, self.id, category, media_type)

    async def put(self, upload: Upload, body: bytes = PNG, media_type: str = "image/png") -> int:
        answer = await self._browser.put(upload.url, content=body, headers={"Content-Type": media_type})
        return answer.status_code

    async def complete(self, file: UUID) -> FileRow:
        return await uploads.complete(self._services.database, self._store, self.id, file)

    async def uploaded(self, category: str = "avatars", media_type: str = "image/png") -> UUID:
        """A complete file. Each PNG has other content."""
        upload = await self.begin(category, media_type)
        body = png(str(upload.file)) if media_type == "image/png" else SAMPLES[media_type]
        assert await self.put(upload, body, media_type) == 200
        return (await self.complete(upload.file)).id

    async def read_url(self, file: UUID) -> str:
        return await uploads.read_url(self._services.database, self._store, self.id, file)

    async def delete(self, file: UUID) -> None:
        await uploads.delete(self._services.database, self._store, self.id, file)


@pytest.fixture
def alice(services: Services, store: FileStore, browser: httpx.AsyncClient, database: Clone) -> Person:
    return Person(services, store, browser, sign_up(database))


@pytest.fixture
def bob(services: Services, store: FileStore, browser: httpx.AsyncClient, database: Clone) -> Person:
    return Person(services, store, browser, sign_up(database))


class PausedStore(LocalFileStore):
    """A store whose reads have their content and then wait, so that a test can act in between."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.reading, self.resumed = asyncio.Event(), asyncio.Event()

    async def read(self, bucket: str, path: str, at_most: int) -> StoredContent:
        content = await super().read(bucket, path, at_most)
        self.reading.set()
        await self.resumed.wait()
        return content


@pytest.fixture
def paused_store(services: Services) -> PausedStore:
    return PausedStore(services.settings)


@pytest.fixture
async def one_connection(services: Services) -> AsyncIterator[Database]:
    database = Database(services.settings.model_copy(update={"pool_size": 1}))
    yield database
    await database.close()


async def sweep(services: Services, store: FileStore) -> None:
    await uploads.sweep(services.database, store, utc_now())


async def erase(services: Services, store: FileStore, person: UUID) -> None:
    await uploads.delete_all(services.database, store, person)


def age(database: Clone, file: UUID, by: timedelta) -> None:
    """Moves the beginning of the upload to the past."""
    with database.admin() as conn:
        conn.execute("UPDATE mend.files SET begun_at = begun_at - %s WHERE id = %s", (by, file))


def state(database: Clone, file: UUID) -> str | None:
    rows = database.rows("SELECT state FROM mend.files WHERE id = %s", file)
    return rows[0][0] if rows else None


async def test_an_upload_becomes_a_file_when_it_is_completed(alice: Person, browser: httpx.AsyncClient) -> None:
    """Size and digest of the stored content are recorded."""
    before = utc_now()
    upload = await alice.begin()
    await alice.put(upload)

    file = await alice.complete(upload.file)

    assert (file.state, file.size, file.sha256) == ("complete", len(PNG), sha256(PNG).digest())
    assert before + COMPLETE_WITHIN <= upload.complete_before <= utc_now() + COMPLETE_WITHIN
    assert (await browser.get(await alice.read_url(file.id))).content == PNG


async def test_nobody_uploads_to_a_public_bucket(alice: Person) -> None:
    """What anybody can read was made by us."""
    with pytest.raises(MediaTypeRefused):
        await alice.begin("catalogue", "image/webp")


@pytest.mark.parametrize(
    ("category", "media_type"),
    [(name, media_type) for name in PRIVATE for media_type in sorted(CATEGORIES[name].media_types)],
)
async def test_every_type_of_every_category_can_be_uploaded(alice: Person, category: str, media_type: str) -> None:
    """Each with a real file of that type."""
    await alice.read_url(await alice.uploaded(category, media_type))


async def test_only_images_are_shown(alice: Person, browser: httpx.AsyncClient) -> None:
    """Browsers save everything else."""
    image, document = await alice.uploaded(), await alice.uploaded("exports", "text/csv")

    image_headers, document_headers = [
        (await browser.get(await alice.read_url(file))).headers for file in (image, document)
    ]
    assert "attachment" not in image_headers.get("content-disposition", "")
    assert document_headers["content-disposition"].startswith("attachment")


async def test_the_server_chooses_the_path(alice: Person) -> None:
    """It is the person's id and a new UUIDv7."""
    first, second = await alice.begin(), await alice.begin()

    assert f"/avatars/{path_of(alice.id, first.file)}?" in first.url
    assert first.file.version == 7
    assert first.file != second.file


async def test_a_category_or_type_that_is_not_allowed_is_refused(alice: Person) -> None:
    """No URL is signed for it."""
    with pytest.raises(UnknownCategory):
        await alice.begin("secrets")
    with pytest.raises(MediaTypeRefused):
        await alice.begin("avatars", "application/pdf")
    with pytest.raises(MediaTypeRefused):
        await alice.begin("attachments", "image/svg+xml")


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "image/png"),
        (HTML, "image/png"),
        (JPEG, "image/png"),
        (PNG[:-1], "image/png"),
        (PNG + HTML, "image/png"),
        (PDF, "image/png"),
        (JPEG, "image/jpeg"),
    ],
    ids=["empty", "html", "another image", "cut off", "with a tail", "pdf", "declared otherwise"],
)
async def test_content_that_is_not_its_declared_type_is_refused_and_deleted(
    alice: Person, store: FileStore, database: Clone, body: bytes, media_type: str
) -> None:
    """The content and the media type of the upload must both match the declared type."""
    upload = await alice.begin("avatars", "image/png")
    await alice.put(upload, body, media_type)

    with pytest.raises(FileRefused):
        await alice.complete(upload.file)

    assert (await store.list("avatars", alice.id)).paths == []
    assert state(database, upload.file) == "refused"


async def test_a_refused_upload_stays_refused(alice: Person, store: FileStore) -> None:
    """A repeated completion gives the same result, whatever was uploaded since, and deletes that content as well."""
    upload = await alice.begin()
    await alice.put(upload, HTML)
    with pytest.raises(FileRefused):
        await alice.complete(upload.file)
    await alice.put(upload)

    with pytest.raises(FileRefused):
        await alice.complete(upload.file)

    assert (await store.list("avatars", alice.id)).paths == []


async def test_a_file_beyond_its_limit_is_deleted(
    alice: Person, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Completion checks the limit as well, in case that of the bucket differs."""
    upload = await alice.begin()
    await alice.put(upload)
    monkeypatch.setitem(CATEGORIES, "avatars", CATEGORIES["avatars"]._replace(max_bytes=len(PNG) - 1))

    with pytest.raises(FileRefused):
        await alice.complete(upload.file)

    assert (await store.list("avatars", alice.id)).paths == []


async def test_nothing_is_completed_before_it_is_uploaded(alice: Person) -> None:
    """After the upload, completion succeeds."""
    upload = await alice.begin()

    with pytest.raises(NothingUploaded):
        await alice.complete(upload.file)

    await alice.put(upload)
    await alice.complete(upload.file)


async def test_an_upload_is_completed_within_ten_minutes(alice: Person, database: Clone) -> None:
    """At ten minutes it is too late."""
    in_time, late = await alice.begin(), await alice.begin()
    for upload, by in ((in_time, COMPLETE_WITHIN - timedelta(minutes=1)), (late, COMPLETE_WITHIN)):
        await alice.put(upload)
        age(database, upload.file, by)

    await alice.complete(in_time.file)
    with pytest.raises(UploadExpired):
        await alice.complete(late.file)


async def test_two_completions_at_once_make_one_file(alice: Person) -> None:
    """Both return the same file, and so does a third one later."""
    upload = await alice.begin()
    await alice.put(upload)

    first, second = await asyncio.gather(alice.complete(upload.file), alice.complete(upload.file))

    assert first == second == await alice.complete(upload.file)


async def test_completion_holds_no_connection_while_the_store_is_read(
    alice: Person, local: InFolder, paused_store: PausedStore, one_connection: Database
) -> None:
    """With a pool of one connection, others use the database while the store is slow."""
    uploader = alice.with_store(local.store)
    upload = await uploader.begin()
    await uploader.put(upload)

    completion = asyncio.create_task(uploads.complete(one_connection, paused_store, alice.id, upload.file))
    await paused_store.reading.wait()
    await one_connection.ping()
    paused_store.resumed.set()

    assert (await completion).state == "complete"


async def test_a_file_that_is_deleted_while_it_is_verified_stays_deleted(
    alice: Person, local: InFolder, paused_store: PausedStore, database: Clone
) -> None:
    """The completion that had read its content finds the row deleted."""
    uploader = alice.with_store(local.store)
    upload = await uploader.begin()
    await uploader.put(upload)

    completion = asyncio.create_task(alice.with_store(paused_store).complete(upload.file))
    await paused_store.reading.wait()
    await uploader.delete(upload.file)
    paused_store.resumed.set()

    with pytest.raises(FileNotStored):
        await completion
    assert state(database, upload.file) == "deleted"


async def test_a_late_refusal_never_deletes_a_complete_file(
    alice: Person, local: InFolder, paused_store: PausedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two completions that judge differently, as during a change of limits, the first to commit decides."""
    uploader = alice.with_store(local.store)
    upload = await uploader.begin()
    await uploader.put(upload)

    refusal = asyncio.create_task(alice.with_store(paused_store).complete(upload.file))
    await paused_store.reading.wait()
    file = await uploader.complete(upload.file)
    monkeypatch.setitem(CHECKS, "image/png", lambda _: False)
    paused_store.resumed.set()

    assert await refusal == file
    await uploader.read_url(file.id)


async def test_a_file_that_is_not_complete_has_no_read_url(alice: Person) -> None:
    """Content that is not verified cannot be read."""
    upload = await alice.begin()
    await alice.put(upload)

    with pytest.raises(FileNotStored):
        await alice.read_url(upload.file)


async def test_nobody_touches_another_persons_file(alice: Person, bob: Person) -> None:
    """It looks like a missing file."""
    file, begun = await alice.uploaded(), await alice.begin()
    await alice.put(begun)

    for attempt in (bob.read_url(file), bob.delete(file), bob.complete(begun.file), bob.complete(uuid4())):
        with pytest.raises(FileNotStored):
            await attempt
    await alice.read_url(file)


async def test_nobody_begins_an_upload_for_another_person(services: Services, alice: Person, bob: Person) -> None:
    """Row-level security refuses the row."""
    row = FileRow(new_id(), alice.id, "avatars", "image/png", "pending", None, None, utc_now())

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with services.database.transaction(person_role(bob.id)) as conn:
            await queries.insert_file(conn, row, MOST_PENDING)


async def test_pending_uploads_of_a_person_are_limited(alice: Person, bob: Person) -> None:
    """Completing one allows another. Each person has their own limit."""
    begun = [await alice.begin() for _ in range(MOST_PENDING)]
    with pytest.raises(TooManyUploads):
        await alice.begin()

    await bob.begin()
    await alice.put(begun[0])
    await alice.complete(begun[0].file)
    await alice.begin()


async def test_a_deleted_file_is_gone(alice: Person, store: FileStore) -> None:
    """Its content is deleted as well, and deleting it again succeeds."""
    file, other = await alice.uploaded(), await alice.uploaded()

    await alice.delete(file)

    assert (await store.list("avatars", alice.id)).paths == [path_of(alice.id, other)]
    for attempt in (alice.read_url(file), alice.complete(file)):
        with pytest.raises(FileNotStored):
            await attempt
    await alice.delete(file)


async def test_a_delete_that_the_store_did_not_answer_can_be_repeated(
    alice: Person, supabase: InSupabase, database: Clone
) -> None:
    """No read URL is signed any more, and the repeated call deletes the content."""
    uploader = alice.with_store(supabase.store)
    file = await uploader.uploaded()
    supabase.server.replies = [Response(status_code=503)]

    with pytest.raises(FilesUnavailable):
        await uploader.delete(file)
    with pytest.raises(FileNotStored):
        await uploader.read_url(file)
    await uploader.delete(file)

    assert supabase.server.objects == {}


async def test_a_sweep_that_the_store_did_not_answer_is_continued_by_the_next(
    alice: Person, services: Services, supabase: InSupabase, database: Clone
) -> None:
    """The row stays until its content is deleted."""
    uploader = alice.with_store(supabase.store)
    upload = await uploader.begin()
    await uploader.put(upload)
    age(database, upload.file, SWEEP_AFTER)
    supabase.server.replies = [Response(status_code=503)]

    with pytest.raises(FilesUnavailable):
        await sweep(services, supabase.store)
    assert state(database, upload.file) == "pending"
    await sweep(services, supabase.store)

    assert supabase.server.objects == {}
    assert state(database, upload.file) is None


async def test_an_upload_after_a_delete_is_no_file_and_is_swept(
    alice: Person, services: Services, store: FileStore, database: Clone
) -> None:
    """The row stays until the upload URL has expired, so that the sweep finds that content."""
    upload = await alice.begin()
    await alice.put(upload)
    await alice.complete(upload.file)
    await alice.delete(upload.file)
    assert await alice.put(upload, HTML) == 200

    with pytest.raises(FileNotStored):
        await alice.read_url(upload.file)
    await sweep(services, store)
    assert state(database, upload.file) == "deleted"
    age(database, upload.file, SETTLED_KEPT)
    await sweep(services, store)
    assert (await store.list("avatars", alice.id)).paths == []
    assert state(database, upload.file) is None


async def test_the_sweep_deletes_old_pending_uploads(
    alice: Person, services: Services, store: FileStore, database: Clone
) -> None:
    """It leaves complete files and uploads whose URL is still valid."""
    complete, young, old, never_uploaded = (
        await alice.uploaded(),
        await alice.begin(),
        await alice.begin(),
        await alice.begin(),
    )
    for upload in (young, old):
        await alice.put(upload)
    age(database, young.file, SWEEP_AFTER - timedelta(minutes=1))
    for file in (complete, old.file, never_uploaded.file):
        age(database, file, SWEEP_AFTER)

    await sweep(services, store)

    assert database.value("SELECT count(*) FROM mend.files") == 2
    assert set((await store.list("avatars", alice.id)).paths) == {path_of(alice.id, f) for f in (complete, young.file)}


async def test_erasure_deletes_everything_of_one_person(
    alice: Person, bob: Person, services: Services, store: FileStore, database: Clone
) -> None:
    """It deletes pending and complete files in all buckets, and can be repeated."""
    for category in PRIVATE:
        media_type = "text/csv" if category == "exports" else "image/png"
        await alice.uploaded(category, media_type)
    begun = await alice.begin()
    await alice.put(begun)
    file_of_bob = await bob.uploaded()

    await erase(services, store, alice.id)
    await erase(services, store, alice.id)

    assert [(await store.list(bucket, alice.id)).paths for bucket in PRIVATE] == [[]] * len(PRIVATE)
    with pytest.raises(FileNotStored):
        await alice.complete(begun.file)
    await bob.read_url(file_of_bob)


async def test_erasure_walks_through_all_pages(
    stage: StoreStage, services: Services, browser: httpx.AsyncClient
) -> None:
    """Deleting while listing skips nothing, and the prefix of an id does not match another id."""
    person, neighbour = UUID(int=0xA0), UUID(int=0xA1)
    for owner, count in ((person, PAGE_SIZE * 2 + 1), (neighbour, 1)):
        for _ in range(count):
            url = stage.signed_url("PUT", "avatars", path_of(owner, new_id()), timedelta(hours=1))
            await browser.put(url, content=PNG, headers={"Content-Type": "image/png"})

    await erase(services, stage.store, person)

    assert (await stage.store.list("avatars", person)).paths == []
    assert len((await stage.store.list("avatars", neighbour)).paths) == 1
