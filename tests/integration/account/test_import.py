"""POST /account/import: an archive gives a new account the same state, and a hostile one gives it nothing."""

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZIP_LZMA, ZipFile

import pytest

from functions.account.archive.manifest import Manifest
from functions.account.archive.reader import MAX_BYTES
from functions.account.archive.tables import imported_tables
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.account.archives import ZIP, packed, plant, unpacked

Files = dict[str, bytes]
ENTRIES = "data/public.mood_entries.json"


@pytest.fixture
def account(client_for: ClientFactory) -> Client:
    """A new account."""
    return client_for("account")


@pytest.fixture
async def archive(client_for: ClientFactory, database: Clone) -> bytes:
    """An archive of somebody with a row in every table."""
    somebody = client_for("account")
    plant(database, somebody.person, "canary")
    return (await somebody.get("/export")).content


async def imported(account: Client, archive: bytes) -> Any:  # noqa: ANN401 - parsed JSON
    response = await account.post("/import", content=archive, headers=ZIP)
    assert response.status_code == 200, response.text
    return response.json()


def state_hash(archive: bytes) -> str:
    hash_: str = json.loads(unpacked(archive)["manifest.json"])["state_hash"]
    return hash_


def stored_rows(database: Clone, person: UUID) -> int:
    names = [table.name for table in imported_tables()]
    return sum(database.value(f"SELECT count(*) FROM {name} WHERE user_id = %s", person) for name in names)  # noqa: S608


async def test_an_archive_gives_a_new_account_the_same_state(account: Client, archive: bytes) -> None:
    """Exported again, the state hash is the same, although the first account is still there."""
    result = await imported(account, archive)

    again = (await account.get("/export")).content
    assert result == {
        "repeated": False,
        "imported": len(imported_tables()),
        "skipped": 0,
        "state_hash": state_hash(archive),
        "same_state": True,
        "support": None,
    }
    assert state_hash(again) == state_hash(archive)


async def test_ids_and_references_are_kept_and_rows_belong_to_the_new_account(
    account: Client, archive: bytes, database: Clone
) -> None:
    """So a list that an interaction names is found, and a deleted entry stays deleted."""
    await imported(account, archive)

    files = unpacked((await account.get("/export")).content)
    before = unpacked(archive)
    for table in imported_tables():
        [old], [new] = json.loads(before[table.file]), json.loads(files[table.file])
        own = {"user_id", *table.volatile, *table.left_out}
        assert new["user_id"] == str(account.person)
        assert {k: v for k, v in new.items() if k not in own} == {k: v for k, v in old.items() if k not in own}


async def test_a_repeated_import_changes_nothing(account: Client, archive: bytes) -> None:
    """The app may send it again after a lost answer."""
    first = await imported(account, archive)

    again = await imported(account, archive)

    assert again == first | {"repeated": True, "imported": 0}
    log = (await account.get("/access-log")).json()["items"]
    assert [entry["action"] for entry in log] == ["imported"]


async def test_a_repetition_is_known_after_the_account_has_gone_on(account: Client, archive: bytes) -> None:
    """The state has changed since, and is left as it is."""
    await imported(account, archive)
    renamed = await account.patch("/profile", json={"display_name": "Another"})
    assert renamed.status_code == 200

    again = await imported(account, archive)

    assert (again["repeated"], again["imported"], again["same_state"]) == (True, 0, False)


async def test_an_account_that_only_looked_around_counts_as_new(
    account: Client, client_for: ClientFactory, archive: bytes
) -> None:
    """Reading stores lists that were shown, preferences and a streak of none."""
    for function, path in (("recommend", "/?mood=calm"), ("checkin", "/streak"), ("notify", "/preferences")):
        assert (await client_for(function, account.person).get(path)).is_success

    assert (await imported(account, archive))["same_state"]


async def test_an_account_with_data_is_left_alone(
    account: Client, client_for: ClientFactory, archive: bytes, database: Clone
) -> None:
    """Two histories are not mixed."""
    await client_for("checkin", account.person).post("/", json={"mood": "calm", "intensity": 4})
    rows = stored_rows(database, account.person)

    refused = await account.post("/import", content=archive, headers=ZIP)

    assert (refused.status_code, refused.json()["code"]) == (409, "account_not_empty")
    assert stored_rows(database, account.person) == rows


async def test_a_profile_and_preferences_are_replaced(account: Client, archive: bytes) -> None:
    """An app sets them at sign-up, before anybody can import."""
    await account.patch("/profile", json={"display_name": "New", "timezone": "Asia/Tokyo"})

    result = await imported(account, archive)

    assert result["same_state"]
    assert (await account.get("/profile")).json()["display_name"] == "canary public.user_profiles.display_name"


async def test_words_of_danger_in_an_archive_are_answered(account: Client, client_for: ClientFactory) -> None:
    """As those of an imported diary are."""
    somebody = client_for("account")
    danger = {"mood": "sad", "intensity": 9, "note": "I want to kill myself"}
    await client_for("checkin", somebody.person).post("/", json=danger)
    archive = (await somebody.get("/export")).content

    result = await imported(account, archive)

    assert result["support"]["grade"] == "explicit"


async def test_live_documents_follow_and_nothing_is_learned_again(
    account: Client, archive: bytes, database: Clone
) -> None:
    """Sums, plans and what was learned are imported as they are, so no event tells of new entries."""
    await imported(account, archive)

    assert database.rows("SELECT type, data FROM mend.outbox WHERE user_id = %s", account.person) == [
        ("profile.changed", {"fields": []})
    ]


async def test_interactions_with_a_content_that_is_gone_are_skipped(
    account: Client, archive: bytes, services: Services
) -> None:
    """The answer counts them, and the rest is imported."""
    files = unpacked(archive)
    [row] = json.loads(files["data/public.saved_content.json"])
    files["data/public.saved_content.json"] = (
        b"[\n" + json.dumps(row | {"content_id": str(UUID(int=7))}).encode() + b"\n]\n"
    )

    result = await imported(account, packed(sealed(files, services)))

    assert (result["skipped"], result["same_state"]) == (1, False)


def sealed(files: Files, services: Services) -> Files:
    """The files with a manifest of them that this installation has sealed, as an older version of Mend may have."""
    manifest = Manifest.model_validate_json(files["manifest.json"])
    contents = {
        name: {"bytes": len(content), "rows": 1, "sha256": sha256(content).hexdigest()}
        for name, content in files.items()
        if name != "manifest.json"
    }
    document = json.loads(manifest.model_dump_json()) | {"files": contents}
    again = Manifest.model_validate_json(json.dumps(document)).sealed(services.sealer)
    return files | {"manifest.json": again.model_dump_json().encode()}


def with_manifest(files: Files, **changed: object) -> Files:
    return files | {"manifest.json": json.dumps(json.loads(files["manifest.json"]) | changed).encode()}


def twice(files: Files) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as opened:
        for name, body in files.items():
            opened.writestr(name, body)
        with pytest.warns(UserWarning, match="Duplicate"):
            opened.writestr(ENTRIES, b"[]\n")
    return content.getvalue()


def encrypted(archive: bytes) -> bytes:
    """The flag that a file is encrypted, in the central directory."""
    start = archive.rindex(b"PK\x01\x02")
    return archive[: start + 8] + b"\x01" + archive[start + 9 :]


def lzma(files: Files) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_LZMA) as opened:
        for name, body in files.items():
            opened.writestr(name, body)
    return content.getvalue()


def lying(archive: bytes) -> bytes:
    """A central directory that says its last file has one byte."""
    start = archive.rindex(b"PK\x01\x02")
    return archive[: start + 24] + b"\x01\0\0\0" + archive[start + 28 :]


HOSTILE: dict[str, Callable[[bytes, Files], bytes]] = {
    "not a ZIP": lambda _, __: b"full_date,mood\n2026-01-02,good\n",
    "empty": lambda _, __: b"",
    "an empty ZIP": lambda _, __: packed({}),
    "another ZIP": lambda _, __: packed({"a.txt": b"hello"}),
    "truncated": lambda archive, _: archive[: len(archive) // 2],
    "damaged": lambda archive, _: archive.replace(b"PK\x03\x04", b"PK\x03\x05", 1),
    "a path upwards": lambda _, files: packed(files | {"../../etc/passwd": b"root"}),
    "an absolute path": lambda _, files: packed(files | {"/etc/passwd": b"root"}),
    "a backslash": lambda _, files: packed(files | {"..\\x": b"root"}),
    "a bomb": lambda _, files: packed(files | {"zeros": bytes(50 * 2**20)}),
    "too large once unpacked": lambda _, files: packed(
        files | {f"zeros-{n}": (b"%d" % n + bytes(255)) * 2**17 for n in range(9)}
    ),
    "too many files": lambda _, files: packed(files | {str(n): b"" for n in range(1_000)}),
    "the same name twice": lambda _, files: twice(files),
    "an archive within": lambda archive, files: packed(files | {"inner.zip": archive}),
    "files of others": lambda _, files: packed(files | {f"files/avatars/{UUID(int=9)}.png": b"\x89PNG"}),
    "a file missing": lambda _, files: packed({k: v for k, v in files.items() if k != ENTRIES}),
    "a changed row": lambda _, files: packed(files | {ENTRIES: files[ENTRIES].replace(b"canary", b"cenary")}),
    "encrypted": lambda archive, _: encrypted(archive),
    "packed otherwise": lambda _, files: lzma(files),
    "a wrong size": lambda archive, _: lying(archive),
    "no manifest": lambda _, files: packed({k: v for k, v in files.items() if k != "manifest.json"}),
    "a manifest that is no JSON": lambda _, files: packed(files | {"manifest.json": b"{"}),
    "a manifest that is a list": lambda _, files: packed(files | {"manifest.json": b"[]"}),
    "a deep manifest": lambda _, files: packed(files | {"manifest.json": b"[" * 100_000}),
    "a long manifest": lambda _, files: packed(files | {"manifest.json": b" " * 2**20 + b"{}"}),
    "another format": lambda _, files: packed(with_manifest(files, format="zip")),
    "an unknown field": lambda _, files: packed(with_manifest(files, note="hello")),
}
# Otherwise well-formed: its files are not those that the manifest names.
CHANGED = {
    *("a path upwards", "an absolute path", "a backslash"),
    *("an archive within", "files of others", "a file missing", "a changed row"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_archive_is_refused_and_nothing_is_stored(
    account: Client, archive: bytes, database: Clone, name: str
) -> None:
    """The answer says what is wrong, and has no part of the file."""
    hostile = HOSTILE[name](archive, unpacked(archive))

    refused = await account.post("/import", content=hostile, headers=ZIP)

    code = "foreign_archive" if name in CHANGED else "unreadable_archive"
    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text
    assert "canary" not in refused.text
    assert stored_rows(database, account.person) == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"version": 2}, "newer_archive"),
        ({"state_hash": "0" * 64}, "foreign_archive"),
        ({"exported_at": "2020-01-01T00:00:00Z"}, "foreign_archive"),
        ({"seal": ""}, "foreign_archive"),
        ({"seal": "not base64"}, "foreign_archive"),
        ({"seal": b64encode(bytes(80)).decode()}, "foreign_archive"),
    ],
    ids=str,
)
async def test_an_archive_that_was_changed_or_is_from_elsewhere_is_refused(
    account: Client, archive: bytes, database: Clone, changed: dict[str, object], code: str
) -> None:
    """A forged archive could claim interactions from which everybody's recommendations are learned."""
    refused = await account.post("/import", content=packed(with_manifest(unpacked(archive), **changed)), headers=ZIP)

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert stored_rows(database, account.person) == 0


async def test_rows_that_were_changed_with_their_hashes_are_refused(account: Client, archive: bytes) -> None:
    """The seal covers the hashes."""
    files = unpacked(archive)
    files[ENTRIES] = files[ENTRIES].replace(b"canary", b"cenary")
    manifest = json.loads(files["manifest.json"])
    manifest["files"][ENTRIES]["sha256"] = sha256(files[ENTRIES]).hexdigest()
    files["manifest.json"] = json.dumps(manifest).encode()

    refused = await account.post("/import", content=packed(files), headers=ZIP)

    assert refused.json()["code"] == "foreign_archive"


async def test_a_file_of_sixty_megabytes_is_too_large(account: Client) -> None:
    """It is refused before it is read."""
    refused = await account.post("/import", content=bytes(60 * 10**6), headers=ZIP)

    assert refused.status_code == 413
    assert MAX_BYTES < 60 * 10**6


async def test_another_media_type_is_refused(account: Client, archive: bytes) -> None:
    """As everywhere."""
    refused = await account.post("/import", content=archive, headers={"Content-Type": "text/csv"})

    assert refused.status_code == 415


async def test_an_import_that_fails_stores_nothing(
    account: Client, archive: bytes, services: Services, database: Clone
) -> None:
    """All tables are stored in one transaction."""
    files = unpacked(archive)
    last = f"data/{imported_tables()[-1].name}.json"
    files[last] = b'[\n{"entry_id": "1"}\n]\n'

    failed = await account.post("/import", content=packed(sealed(files, services)), headers=ZIP)

    assert failed.status_code >= 400
    assert stored_rows(database, account.person) == 0
