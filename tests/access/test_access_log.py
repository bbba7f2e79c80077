"""Who of the staff looked at a person's account, when and why: recorded with the look, and shown to the person."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from infra import notification_report, safety_admin
from tests.conftest import ADMIN as SUPERUSER
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.account.archives import plant

OWNER = "postgres"
REASON = "The person wrote that no reminder arrives."
STAFF = {"app_metadata": {"role": "admin"}}


@pytest.fixture
def person(client_for: ClientFactory) -> Client:
    return client_for("account")


@pytest.fixture
def admin(client_for: ClientFactory) -> Client:
    return client_for("account", **STAFF)


async def opened(admin: Client, person: Client, minutes: int = 30) -> None:
    draft = {"person": str(person.person), "reason": REASON, "minutes": minutes}
    assert (await admin.post("/support-access", json=draft)).status_code == 201


async def test_the_person_sees_who_looked_when_and_why(person: Client, admin: Client) -> None:
    """The newest entry first, and every look has one."""
    await opened(admin, person)
    await admin.get(f"/support/{person.person}")

    log = (await person.get("/access-log")).json()

    assert [(entry["actor"], entry["staff_id"], entry["action"], entry["reason"]) for entry in log["items"]] == [
        ("staff", str(admin.person), "viewed", None),
        ("staff", str(admin.person), "access_opened", REASON),
    ]
    assert log["items"][1]["until"]
    assert log["next_cursor"] is None


async def test_the_log_has_pages(person: Client, admin: Client) -> None:
    """A cursor leads to older entries."""
    await opened(admin, person)
    await admin.get(f"/support/{person.person}")

    first = (await person.get("/access-log", params={"limit": 1})).json()
    second = (await person.get("/access-log", params={"limit": 1, "cursor": first["next_cursor"]})).json()

    assert [first["items"][0]["action"], second["items"][0]["action"]] == ["viewed", "access_opened"]


async def test_support_sees_settings_counts_and_failures_and_no_words(
    person: Client, admin: Client, database: Clone
) -> None:
    """Nothing that a person may have written is in the answer."""
    plant(database, person.person, "canary")
    with database.admin() as conn:
        conn.execute(
            "UPDATE public.notifications SET state = 'failed', state_reason = 'no_device' WHERE user_id = %s",
            (person.person,),
        )
        conn.execute(
            "UPDATE public.user_profiles SET locale = 'de', country = 'DE' WHERE user_id = %s", (person.person,)
        )
    await opened(admin, person)

    answer = await admin.get(f"/support/{person.person}")

    seen = answer.json()
    assert (seen["locale"], seen["country"]) == ("de", "DE")
    assert seen["counts"]["public.mood_entries"] == 1
    assert [(failed["kind"], failed["reason"]) for failed in seen["failed_notifications"]] == [("plan", "no_device")]
    assert "canary" not in answer.text


async def test_without_an_opened_access_nothing_is_shown(
    person: Client, admin: Client, client_for: ClientFactory
) -> None:
    """The access of another admin does not count."""
    await opened(client_for("account", **STAFF), person)

    refused = await admin.get(f"/support/{person.person}")

    assert (refused.status_code, refused.json()["code"]) == (404, "support_access_needed")


async def test_an_access_ends(client_for: ClientFactory, move_clock: ClockMover, person: Client) -> None:
    """After the minutes that were asked for."""
    admin = client_for("account", **STAFF)
    await opened(admin, person, minutes=5)
    move_clock(timedelta(minutes=6))

    refused = await admin.get(f"/support/{person.person}")

    assert refused.status_code == 404


@pytest.mark.parametrize(
    "changed", [{"reason": "why not"}, {"reason": " " * 20}, {"minutes": 0}, {"minutes": 61}, {"person": "me"}], ids=str
)
async def test_a_reason_and_a_short_time_are_needed(person: Client, admin: Client, changed: dict[str, object]) -> None:
    """A reason is a sentence, and an access lasts an hour at most."""
    draft = {"person": str(person.person), "reason": REASON, "minutes": 30} | changed

    refused = await admin.post("/support-access", json=draft)

    assert refused.status_code == 422


async def test_nobody_is_not_found(admin: Client) -> None:
    """A typing error in an id is told at once."""
    draft = {"person": str(uuid4()), "reason": REASON, "minutes": 30}

    assert (await admin.post("/support-access", json=draft)).status_code == 404


@pytest.mark.parametrize("claims", [{}, STAFF | {"aal": "aal1"}], ids=["a person", "an admin without second factor"])
async def test_only_admins_may(client_for: ClientFactory, person: Client, claims: dict[str, object]) -> None:
    """And nothing is recorded that did not happen."""
    stranger = client_for("account", **claims)
    draft = {"person": str(person.person), "reason": REASON, "minutes": 30}

    statuses = [
        (await stranger.post("/support-access", json=draft)).status_code,
        (await stranger.get(f"/support/{person.person}")).status_code,
    ]

    assert statuses == [403, 403]
    assert (await person.get("/access-log")).json()["items"] == []


async def test_a_look_that_cannot_be_recorded_does_not_happen(person: Client, admin: Client, database: Clone) -> None:
    """The entry and the answer are one transaction."""
    await opened(admin, person)
    with database.admin() as conn:
        conn.execute("ALTER TABLE mend.access_log ADD CHECK (action <> 'viewed') NOT VALID")

    failed = await admin.get(f"/support/{person.person}")

    assert failed.status_code == 500


async def test_commands_that_read_one_persons_data_are_in_the_log(person: Client, database: Clone) -> None:
    """`mend safety harm-reports` and `mend deliveries`."""
    for _ in range(2):
        await person.post("/harm-reports", json={"words": "It made it worse.", "consent": True})

    safety_admin.harm_reports(database.dsn(OWNER), "sam")
    notification_report.latest(database.dsn(OWNER), person.person, "sam")

    log = (await person.get("/access-log")).json()["items"]
    assert [(entry["actor"], entry["action"]) for entry in log] == [
        ("operator", "deliveries_read"),
        ("operator", "harm_reports_read"),
    ]
    assert database.value("SELECT operator FROM mend.access_log LIMIT 1") == "postgres, sam"


@pytest.mark.parametrize("user", [OWNER, SUPERUSER])
@pytest.mark.parametrize("change", ["UPDATE mend.access_log SET reason = ''", "DELETE FROM mend.access_log"])
async def test_nobody_changes_the_log(person: Client, admin: Client, database: Clone, user: str, change: str) -> None:
    """Not even the owner of the database, by mistake."""
    await opened(admin, person)

    with psycopg.connect(database.dsn(user)) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(change.encode())

    assert database.value("SELECT count(*) FROM mend.access_log") == 1


@pytest.mark.parametrize("log", ["mend.admin_actions", "mend.harm_report_reads"])
def test_the_other_logs_are_append_only_as_well(database: Clone, log: str) -> None:
    """By the same trigger."""
    triggers = database.rows("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", log)

    assert ("append_only",) in triggers


async def test_an_entry_outlives_the_account(person: Client, admin: Client, database: Clone) -> None:
    """An audit needs it."""
    await opened(admin, person)

    with database.admin() as conn:
        conn.execute("DELETE FROM auth.users WHERE id = %s", (person.person,))

    assert database.value("SELECT count(*) FROM mend.access_log WHERE user_id = %s", person.person) == 1
