"""Writing the catalogue: for admins, and nothing that was shown is lost."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import get_args
from uuid import UUID, uuid4

import psycopg
import pytest
import yaml

from functions.recommend.catalogue_admin import key_for
from infra.seed import CONTENT, EVIDENCE, seed
from shared.http import Kind
from tests.conftest import ADMIN, Client, Clone
from tests.integration.recommend.library import NAP, Json, added


async def test_a_new_item_is_readable_for_everybody(me: Client, admin: Client, database: Clone) -> None:
    """The server gives it an id and a readable key."""
    created = await added(admin, title="Ein Nickerchen für Zoë!")

    assert UUID(created["content_id"]).version == 7
    assert (await me.get(f"/content/{created['content_id']}")).json() == created
    key = database.value("SELECT key FROM public.content WHERE id = %s", created["content_id"])
    assert key.startswith("rest-ein-nickerchen-fur-zoe-")


async def test_a_new_item_is_a_candidate_at_once(admin: Client, database: Clone) -> None:
    created = await added(admin)

    moods = database.rows("SELECT mood FROM public.content_moods WHERE content_id = %s", created["content_id"])
    assert {mood for (mood,) in moods} == {*created["fits"]} == {"tired", "drained"}


@pytest.mark.parametrize("title", ["日本", "…", "A " * 100])
def test_a_key_is_short_readable_and_unique(title: str) -> None:
    keys = {key_for("rest", title, uuid4()) for _ in range(10)}

    assert len(keys) == 10
    assert all(key.isascii() and " " not in key and len(key) < 80 for key in keys)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gaming"},
        {"title": ""},
        {"title": "  "},
        {"title": "a\0b"},
        {"title": "\u200b\u202e"},
        {"body": None, "url": None},
        {"body": "   "},
        {"minutes": 0},
        {"minutes": 10**9},
        {"effort": 6},
        {"fits": []},
        {"fits": ["gloomy"]},
        {"leads_valence": 1.5},
        {"url": "javascript:alert(1)"},
        {"url": "https://user:password@example.org/page"},
        {"url": "https://example.org\\@example.com/page"},
        {"url": "https://example.org/\u202egnp.exe"},
        {"thumbnail_url": "https://example.org/a\u200bb"},
        {"image_url": "http://example.org/plain.png"},
        {"tags": ["  "]},
        {"evidence": {"effect": 2, "citation": "x", "finding": "y"}},
        {"version": 7},
        {"content_id": "01a1fd2e-6c4b-7f0a-9a34-0d2f6a7c1b55"},
    ],
    ids=str,
)
async def test_an_invalid_item_is_refused(admin: Client, database: Clone, wrong: Json) -> None:
    """Both as a new item and as a change."""
    created = await added(admin)
    before = database.rows("SELECT id, version FROM public.content ORDER BY id")

    assert (await admin.post("/content", json=NAP | wrong)).status_code == 422
    assert (await admin.patch(f"/content/{created['content_id']}", json=wrong)).status_code == 422
    assert database.rows("SELECT id, version FROM public.content ORDER BY id") == before


async def test_blanks_are_not_stored(admin: Client) -> None:
    """A title is stripped, and a blank attribution is stored as null."""
    created = await added(admin, title=" A nap ", attribution=" ")
    path = f"/content/{created['content_id']}"
    changed = (await admin.patch(path, json={"attribution": "Somebody"})).json()

    assert (created["title"], created["attribution"]) == ("A nap", None)
    assert changed["attribution"] == "Somebody"
    assert (await admin.patch(path, json={"attribution": ""})).json()["attribution"] is None


async def test_an_item_may_have_only_a_link(admin: Client) -> None:
    created = await added(admin, body=None, url="https://example.org/film")

    assert (created["body"], created["url"]) == (None, "https://example.org/film")


async def test_only_admins_write_the_catalogue(me: Client, admin: Client, database: Clone) -> None:
    """The routes answer 403, and row-level security refuses the rows as well."""
    created = await added(admin)
    path = f"/content/{created['content_id']}"

    answers = [await me.post("/content", json=NAP), await me.patch(path, json={"title": "Mine"}), await me.delete(path)]

    assert {answer.status_code for answer in answers} == {403}
    assert (await me.get(path)).json() == created
    with psycopg.connect(database.dsn()) as conn:
        claims = json.dumps({"sub": str(me.person), "user_metadata": {"role": "admin"}})
        conn.execute(
            "SELECT set_config('role', 'mend_user', true), set_config('request.jwt.claims', %s, true)", (claims,)
        )
        assert conn.execute("UPDATE public.content SET title = 'Mine'").rowcount == 0


async def test_a_former_version_can_be_read(me: Client, admin: Client) -> None:
    """With its number. Without a number the current version is returned."""
    first = await added(admin, title="Before")
    path = f"/content/{first['content_id']}"
    second = (await admin.patch(path, json={"title": "After", "body": "Otherwise."})).json()

    assert second == first | {"version": 2, "title": "After", "body": "Otherwise."}
    assert (await me.get(path)).json() == second
    assert (await me.get(path, params={"version": 2})).json() == second
    assert (await me.get(path, params={"version": 1})).json() == first
    assert (await me.get(path, params={"version": 3})).status_code == 404


async def test_a_change_that_changes_nothing_makes_no_version(admin: Client) -> None:
    created = await added(admin)

    answer = await admin.patch(f"/content/{created['content_id']}", json={"title": created["title"]})

    assert answer.json() == created


async def test_concurrent_changes_by_two_admins_are_both_kept(admin: Client) -> None:
    """Changes of different fields at the same time are both stored."""
    created = await added(admin)
    path = f"/content/{created['content_id']}"

    await asyncio.gather(admin.patch(path, json={"title": "New title"}), admin.patch(path, json={"minutes": 45}))

    now = (await admin.get(path)).json()
    assert (now["title"], now["minutes"], now["version"]) == ("New title", 45, 3)


async def test_a_deleted_item_is_readable_only_by_version(me: Client, admin: Client, database: Clone) -> None:
    """It answers 404 without a version, to admins as well. Its former version can be read."""
    created = await added(admin)
    path = f"/content/{created['content_id']}"

    deleted = await admin.delete(path)

    assert deleted.status_code == 204
    assert {(await client.get(path)).status_code for client in (me, admin)} == {404}
    assert (await admin.patch(path, json={"title": "Back"})).status_code == 404
    assert (await admin.delete(path)).status_code == 404
    assert (await me.get(path, params={"version": 1})).json() == created
    candidates = database.rows("SELECT FROM public.content_moods WHERE content_id = %s", created["content_id"])
    assert candidates == []


async def test_seeding_stores_former_versions(me: Client, database: Clone, tmp_path: Path) -> None:
    """Changed, removed and restored in the files: each version can be read."""
    item: Json = next(each for each in yaml.safe_load((CONTENT / "rest.yaml").read_bytes()) if not each["evidence"])
    others = [each for each in yaml.safe_load((CONTENT / "rest.yaml").read_bytes()) if each["key"] != item["key"]]
    folder = Path(shutil.copytree(CONTENT, tmp_path / "content"))  # translations too: other tests have this database

    def write(*items: Json) -> None:
        (folder / "rest.yaml").write_text(yaml.safe_dump([*others, *items]))
        seed(database.dsn(ADMIN), folder)

    write(item | {"title": "Second"})
    write()
    write(item | {"title": "Third"})

    [row] = database.rows("SELECT id, version FROM public.content WHERE key = %s", item["key"])
    read = [(await me.get(f"/content/{row[0]}", params={"version": number})).json()["title"] for number in (1, 2, 3)]
    assert row[1] == 3
    assert read == [item["title"], "Second", "Third"]


def test_the_kinds_are_those_of_the_files() -> None:
    assert {*get_args(Kind)} == {path.stem for path in CONTENT.glob("*.yaml")} - {EVIDENCE}


async def test_an_effect_that_is_almost_nothing_counts_as_none(admin: Client) -> None:
    """Effects have six decimals. A smaller number is one that the columns of the search cannot hold."""
    evidence = {"effect": 2.2e-311, "citation": "Somebody 2024", "finding": "It hardly helped."}

    created = await added(admin, evidence=evidence)

    assert created["evidence"]["effect"] == 0
