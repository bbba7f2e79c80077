"""GET /account/export: everything held on a person, in one ZIP."""

import asyncio
import csv
import json
import re
from datetime import timedelta
from hashlib import sha256
from html import escape

import pytest
from icalendar import Calendar

from functions.account.archive.export import EXPORTS_A_DAY
from functions.account.archive.page_sections import SECTIONS
from shared.clock import utc_now
from shared.diary_csv import DAYLIO_COLUMNS
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.account.archives import CONTENT, PLANTED, plant, unpacked

WAITS_FOR_THE_LAST_TABLE = "SELECT FROM pg_locks WHERE relation = 'mend.admin_actions'::regclass AND NOT granted"

# A row of each section of the page. They were all stored at 20:00 in UTC.
OWN_ROWS = (
    """
    INSERT INTO public.mood_entries
        (user_id, id, mood, intensity, note, factors, occurred_at, local_date, timezone, edited_at)
    VALUES (%(person)s, gen_random_uuid(), 'sad', 7, 'A note', '{work}', '2026-01-02T20:00Z', '2026-01-02',
            'Europe/Berlin', '2026-01-02T20:00Z')
    """,
    """
    WITH begun AS (
        INSERT INTO public.conversations (user_id, id, module, mode, title, created_at, changed_at)
        VALUES (%(person)s, gen_random_uuid(), 'companion', 'solo', 'About work', '2026-01-02T20:00Z',
                '2026-01-02T20:00Z')
        RETURNING user_id, id
    )
    INSERT INTO public.conversation_messages
        (user_id, id, conversation_id, position, role, parts, status, created_at)
    SELECT user_id, gen_random_uuid(), id, 1, 'user', '{"Hello ","there"}', 'done', '2026-01-02T20:00Z' FROM begun
    """,
    """
    INSERT INTO public.companion_memories (user_id, id, text, created_at)
    VALUES (%(person)s, gen_random_uuid(), 'My sister is called Ada.', '2026-01-02T20:00Z')
    """,
    """
    WITH plan AS (
        INSERT INTO public.elevation_plans
            (user_id, id, current_mood, target_mood, duration, per_day, start_date, last_date, slot_times,
             reminders_enabled, reminder_trial, next_day_starts_at, created_at)
        VALUES (%(person)s, gen_random_uuid(), 'sad', 'calm', 7, 1, '2026-01-03', '2026-01-09', '{}', false, false,
                '2026-01-03T00:00Z', '2026-01-02T20:00Z')
        RETURNING user_id, id
    ), day AS (
        INSERT INTO public.plan_days (user_id, plan_id, day, local_date, from_mood, target, valence, arousal)
        SELECT user_id, id, 1, '2026-01-03', 'sad', 'calm', 0, 0 FROM plan
    )
    INSERT INTO public.plan_activities
        (user_id, plan_id, id, day, position, slot, local_time, content_id, content_version, title, kind, minutes,
         status)
    SELECT user_id, id, gen_random_uuid(), 1, 1, 'morning', '08:00', %(content)s, 1, 'A walk', 'movement', 10, 'done'
    FROM plan
    """,
    """
    INSERT INTO public.insight_measures (user_id, name, day, value)
    VALUES (%(person)s, 'steps', '2026-01-02', 12345.5)
    """,
    """
    INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)
    VALUES (%(person)s, 'ai', true, '2026-01-01', '2026-01-02T20:00Z')
    """,
)


@pytest.fixture
def account(client_for: ClientFactory) -> Client:
    return client_for("account")


async def exported(account: Client) -> dict[str, bytes]:
    response = await account.get("/export")
    assert response.status_code == 200, response.text
    return unpacked(response.content)


async def test_an_export_has_everything_of_the_person_and_nothing_of_others(
    account: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Every table has the person's row, with all its texts, and no row, text or id of anybody else."""
    stranger = client_for("account")
    planted = plant(database, account.person, "canary-of-mine")
    plant(database, stranger.person, "canary-of-a-stranger")

    files = await exported(account)

    everything = b"".join(files.values()).decode()
    for table in PLANTED:
        rows = json.loads(files[table.file])
        assert {row["user_id"] for row in rows} == {str(account.person)}, table.name
        assert files[table.file].count(b"canary-of-mine " + table.name.encode()) >= planted[table.name], table.name
    assert "canary-of-a-stranger" not in everything
    assert str(stranger.person) not in everything
    assert f"{account.person}@example.org" in files["data/sign-in.json"].decode()


async def test_the_manifest_has_counts_and_hashes(account: Client, database: Clone) -> None:
    """Of every file but itself."""
    plant(database, account.person, "mine")

    files = await exported(account)

    manifest = json.loads(files.pop("manifest.json"))
    assert {name: file["sha256"] for name, file in manifest["files"].items()} == {
        name: sha256(content).hexdigest() for name, content in files.items()
    }
    assert {name: file["bytes"] for name, file in manifest["files"].items()} == {
        name: len(content) for name, content in files.items()
    }
    assert manifest["files"]["data/public.mood_entries.json"]["rows"] == 1
    assert manifest["version"] == 1


async def test_the_check_ins_open_in_a_spreadsheet_and_the_plans_in_a_calendar(
    account: Client, database: Clone
) -> None:
    """The CSV is that of GET /checkin/export.csv."""
    plant(database, account.person, "mine")

    files = await exported(account)

    [line] = csv.DictReader(files["check-ins.csv"].decode("utf-8-sig").splitlines())
    assert list(line)[: len(DAYLIO_COLUMNS)] == list(DAYLIO_COLUMNS)
    assert line["note"] == "mine public.mood_entries.note"
    [event] = Calendar.from_ical(files["plans.ics"].decode()).walk("VEVENT")
    assert event["summary"] == "mine public.plan_activities.title"


async def test_the_page_is_in_the_persons_language_without_a_script(account: Client, client_for: ClientFactory) -> None:
    """What a person wrote is escaped."""
    await account.patch(
        "/profile", json={"locale": "de-AT", "display_name": "<script>x</script>", "timezone": "Asia/Tokyo"}
    )
    note = {"mood": "calm", "intensity": 4, "note": "<b>fine</b>", "occurred_at": "2026-01-02T20:00:00Z"}
    await client_for("checkin", account.person).post("/", json=note)

    page = (await exported(account))["index.html"].decode()

    assert '<html lang="de">' in page
    assert "<script" not in page
    assert "&lt;b&gt;fine&lt;/b&gt;" in page
    assert "2026-01-03 05:00" in page


async def test_the_page_shows_a_check_in_at_its_own_time(account: Client, client_for: ClientFactory) -> None:
    """As the diary and the spreadsheet do: by the clock of where it was made, whatever the profile says today."""
    await account.patch("/profile", json={"timezone": "Asia/Tokyo"})
    entry = {"mood": "calm", "intensity": 4, "occurred_at": "2026-01-02T02:00:00-08:00"}
    await client_for("checkin", account.person).post("/", json=entry)

    files = await exported(account)

    [line] = csv.DictReader(files["check-ins.csv"].decode("utf-8-sig").splitlines())
    assert (line["full_date"], line["time"]) == ("2026-01-02", "02:00")
    assert '<td class="short">2026-01-02 02:00</td>' in files["index.html"].decode()


async def test_the_page_shows_what_the_person_entered_was_told_and_decided(account: Client, database: Clone) -> None:
    """In plain tables and in the words of their language, with the numbers as they are written there."""
    profile = {"locale": "de", "timezone": "Europe/Berlin", "preferences": ["quiet places"], "interests": ["movement"]}
    await account.patch("/profile", json=profile)
    with database.admin() as conn:
        for statement in OWN_ROWS:
            conn.execute(statement, {"person": account.person, "content": CONTENT})

    page = (await exported(account))["index.html"].decode()

    for cells in (
        ("Was du magst", "quiet places"),
        ("Interessen", "Bewegung"),
        ("2026-01-02 21:00", "traurig", "7", "work", "A note"),
        ("2026-01-02 21:00", "About work", "Du", "Hello there"),
        ("2026-01-02 21:00", "My sister is called Ada."),
        ("2026-01-03", "2026-01-09", "traurig", "ruhig", "Läuft"),
        ("2026-01-03 08:00", "A walk", "10", "Getan"),
        ("2026-01-02", "steps", "12.345,5"),
        ("2026-01-02 21:00", "Künstliche Intelligenz", "Ja"),
    ):
        line = "".join(f"<td[^>]*>{re.escape(cell)}</td>" for cell in cells)
        assert re.search(f"<tr>{line}</tr>", page), cells


async def test_the_page_names_each_time_of_keeping_on_a_line_of_its_own(account: Client) -> None:
    """They are no sentences that follow each other."""
    files = await exported(account)

    kept = [row["kept"] for row in json.loads(files["about.json"])["activities"]]
    lines = ["\n".join(map(escape, each)) for each in kept if len(each) > 1]
    assert lines
    assert all(line in files["index.html"].decode() for line in lines)


async def test_an_empty_account_has_an_archive_as_well(account: Client) -> None:
    """Each file is there, without rows. A calendar without activities would be no valid one: it is left out."""
    files = await exported(account)

    assert "plans.ics" not in files
    assert files["index.html"].decode().count("<p>Nothing.</p>") == len([*SECTIONS, "profile", "safety plan"])
    assert json.loads(files["data/public.mood_entries.json"]) == []
    assert any("public.mood_entries" in row["places"] for row in json.loads(files["about.json"])["activities"])


async def test_an_old_sign_in_is_not_enough(client_for: ClientFactory) -> None:
    """A stolen token that was refreshed for days gives nothing out."""
    days_ago = int((utc_now() - timedelta(days=2)).timestamp())
    account = client_for("account", amr=[{"method": "password", "timestamp": days_ago}])

    refused = await account.get("/export")

    assert (refused.status_code, refused.json()["code"]) == (401, "fresh_sign_in_needed")


async def test_a_day_has_ten_exports(account: Client) -> None:
    """Each is in the access log of the person."""
    statuses = [(await account.get("/export")).status_code for _ in range(EXPORTS_A_DAY + 1)]

    assert statuses == [200] * EXPORTS_A_DAY + [429]
    log = (await account.get("/access-log")).json()["items"]
    assert [(entry["actor"], entry["action"]) for entry in log] == [("person", "exported")] * EXPORTS_A_DAY


async def test_an_export_that_runs_elsewhere_refuses_another(account: Client, database: Clone) -> None:
    """Also one in another process."""
    with database.admin() as conn, conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(mend.lock_key('export', %s))", (str(account.person),))
        refused = await account.get("/export")

    assert (refused.status_code, refused.json()["code"]) == (409, "export_running")


async def test_only_a_download_is_an_export(account: Client) -> None:
    """What asks for headers alone uses up no export, and the access log says nothing of it."""
    heads = [await account.head("/export") for _ in range(EXPORTS_A_DAY)]

    assert {(head.status_code, head.headers["allow"]) for head in heads} == {(405, "GET")}
    assert (await account.get("/access-log")).json()["items"] == []
    assert (await account.get("/export")).status_code == 200


async def test_an_export_is_one_moment(account: Client, client_for: ClientFactory, database: Clone) -> None:
    """What is stored while it is read is not in it, in no file."""
    checkin = client_for("checkin", account.person)
    await checkin.post("/", json={"mood": "calm", "intensity": 4, "note": "an earlier note"})

    with database.admin() as conn, conn.transaction():
        conn.execute("LOCK TABLE mend.admin_actions")  # the last table that is exported
        export = asyncio.create_task(exported(account))
        while not conn.execute(WAITS_FOR_THE_LAST_TABLE).fetchall():  # noqa: ASYNC110 - Postgres sends no event
            await asyncio.sleep(0)
        await checkin.post("/", json={"mood": "calm", "intensity": 4, "note": "a later note"})

    everything = b"".join((await export).values())
    assert everything.count(b"an earlier note") == len(["JSON", "CSV", "page"])
    assert b"a later note" not in everything


async def test_people_who_export_at_the_same_time_get_their_own_archives(client_for: ClientFactory) -> None:
    """Each snapshot is one person's, on a connection of its own."""
    people = [client_for("account") for _ in range(6)]

    archives = await asyncio.gather(*map(exported, people))

    owners = [json.loads(archive["data/sign-in.json"])["id"] for archive in archives]
    assert owners == [str(account.person) for account in people]
