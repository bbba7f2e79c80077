"""GET and PATCH /account/profile."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.faults.postgres_state import let_wait

DEFAULTS: dict[str, object] = {
    "display_name": None,
    "timezone": "UTC",
    "locale": "en",
    "country": None,
    "day_starts_at": "00:00",
    "streaks_enabled": True,
    "interests": [],
    "avoid": [],
}
ANOTHER: dict[str, object] = {
    "display_name": "Ana 🌱",
    "timezone": "America/Argentina/Ushuaia",
    "locale": "es-AR",
    "country": "AR",
    "day_starts_at": "04:30",
    "streaks_enabled": False,
    "interests": ["birds", "tea"],
    "avoid": ["running"],
}


@pytest.fixture
def mine(client_for: ClientFactory) -> Client:
    return client_for("account")


def changes_told(database: Clone, client: Client) -> list[Any]:
    found = database.rows("SELECT type, data FROM mend.outbox WHERE user_id = %s ORDER BY id", client.person)
    assert {kind for kind, _ in found} <= {"profile.changed"}
    return [data for _, data in found]


async def test_everyone_has_a_profile(mine: Client) -> None:
    """Before a person sets anything it is one of defaults."""
    response = await mine.get("/profile")

    assert (response.status_code, response.json()) == (200, DEFAULTS)


async def test_a_change_touches_what_it_names(mine: Client, client_for: ClientFactory, database: Clone) -> None:
    """Field by field the profile becomes another; what is left out stays, and nobody else's changes."""
    other = client_for("account")
    expected = {**DEFAULTS}

    for name, value in ANOTHER.items():
        expected[name] = value
        response = await mine.patch("/profile", json={name: value})
        assert (response.status_code, response.json()) == (200, expected)
        assert (await mine.get("/profile")).json() == expected

    assert expected == ANOTHER
    assert (await other.get("/profile")).json() == DEFAULTS
    assert changes_told(database, mine) == [{"fields": [name]} for name in ANOTHER]


async def test_a_change_is_told_once_and_by_name_only(mine: Client, database: Clone) -> None:
    """An event names the fields that differ from before; setting what is already so tells nothing."""
    await mine.patch("/profile", json=DEFAULTS)
    assert changes_told(database, mine) == []

    await mine.patch("/profile", json={"display_name": "Ana", "country": "AR", "locale": "en"})
    await mine.patch("/profile", json={"display_name": "Ana"})

    assert changes_told(database, mine) == [{"fields": ["country", "display_name"]}]


async def test_what_may_be_empty_can_be_taken_back(mine: Client) -> None:
    """Name and country may be null again; lists may be empty again."""
    await mine.patch("/profile", json=ANOTHER)

    taken_back: dict[str, object] = {"display_name": None, "country": None, "interests": [], "avoid": []}
    assert (await mine.patch("/profile", json=taken_back)).json() == ANOTHER | taken_back


async def test_two_changes_at_once_both_stay(mine: Client, database: Clone) -> None:
    """Each of two devices sets a field of its own, and neither undoes the other's, on a new profile or an old one."""
    let_wait(database)
    for country, name in (("AR", "Ana"), ("CL", "Eva")):
        with database.admin() as conn, conn.transaction():
            conn.execute("LOCK TABLE user_profiles IN SHARE MODE")  # to be read, but not yet to be written
            changes = [{"country": country}, {"display_name": name}]
            sent = [asyncio.create_task(mine.patch("/profile", json=change)) for change in changes]
            await both_wait(database)
        responses = await asyncio.gather(*sent)

        assert [response.status_code for response in responses] == [200, 200]
        profile = (await mine.get("/profile")).json()
        assert (profile["country"], profile["display_name"]) == (country, name)


async def both_wait(database: Clone) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    async with asyncio.timeout(60):
        while database.value(waiting, database.name) < 2:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)


async def test_the_same_change_many_times_at_once_is_one(mine: Client, database: Clone) -> None:
    """Of equal changes that race, one happens and all are answered with it."""
    responses = await asyncio.gather(*(mine.patch("/profile", json={"country": "AR"}) for _ in range(6)))

    assert {response.json()["country"] for response in responses} == {"AR"}
    assert changes_told(database, mine) == [{"fields": ["country"]}]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"timezone": "Mars/Phobos"},
        {"timezone": "UTC+2"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "europe/london"},
        {"timezone": ""},
        {"timezone": None},
        {"timezone": "UTC\0"},
        {"country": "GBR"},
        {"country": "gb"},
        {"country": "GB\n"},
        {"locale": "english"},
        {"locale": None},
        {"locale": "en\n"},
        {"day_starts_at": "24:00"},
        {"day_starts_at": "4:00"},
        {"day_starts_at": "04:00:00"},
        {"day_starts_at": 4},
        {"streaks_enabled": "no"},
        {"streaks_enabled": 0},
        {"display_name": "x" * 81},
        {"display_name": "a\0b"},
        {"interests": [""]},
        {"interests": ["x"] * 51},
        {"avoid": None},
        {"user_id": "0190a7b2-0000-7000-8000-000000000001"},
        {"country": "GB", "role": "admin"},
    ],
)
async def test_a_change_that_cannot_be_is_refused(mine: Client, change: dict[str, object]) -> None:
    """One wrong field and nothing of it happens: 422, with the place and never the value."""
    response = await mine.patch("/profile", json=change)

    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"]
    assert (await mine.get("/profile")).json() == DEFAULTS


async def test_an_unchanged_profile_is_not_sent_again(mine: Client) -> None:
    """A tag tells what the caller has; a change makes a new one."""
    first = await mine.get("/profile")

    same = await mine.get("/profile", headers={"If-None-Match": first.headers["ETag"]})
    await mine.patch("/profile", json={"country": "AR"})
    changed = await mine.get("/profile", headers={"If-None-Match": first.headers["ETag"]})

    assert (same.status_code, changed.status_code) == (304, 200)


async def test_nobody_has_no_profile(client_for: ClientFactory) -> None:
    """Without a token there is nothing to see or set."""
    nobody = client_for("account", signed_in=False)

    assert (await nobody.get("/profile")).status_code == 401
    assert (await nobody.patch("/profile", json={"country": "AR"})).status_code == 401
