"""An offline queue that is sent again, and the care period."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.shared.test_support import CHECK_IN, DANGER, NOW


def queued(days_ago: int, note: str = DANGER, **fields: object) -> dict[str, Any]:
    """An entry of an offline queue."""
    moment = (utc_now() - timedelta(days=days_ago)).isoformat()
    return CHECK_IN | {"id": str(uuid4()), "note": note, "occurred_at": moment} | fields


async def test_a_queue_that_is_sent_again_opens_no_care_period(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Its words were answered under these ids, and the person closed the period. They are answered again."""
    queue = {"entries": [queued(1), queued(2)]}
    await me.post("/batch", json=queue)
    await client_for("account", me.person).delete("/care")

    again = await me.post("/batch", json=queue)

    assert again.json()["support"]["grade"] == "explicit"
    assert not await in_care(database, me)


async def test_entries_older_than_a_care_period_open_none(me: Client, database: Clone) -> None:
    """By their own time: when it was felt, or last edited. One younger entry opens it."""
    old = await me.post("/batch", json={"entries": [queued(4)]})
    before = await in_care(database, me)

    await me.post("/batch", json={"entries": [queued(4), queued(2)]})

    assert (old.json()["support"]["grade"], before) == ("explicit", False)
    assert await in_care(database, me)


@pytest.mark.parametrize(
    "changed",
    [{"note": NOW}, {"edited_at": (utc_now() - timedelta(hours=1)).isoformat()}],
    ids=["a graver note", "a later edit"],
)
async def test_a_new_version_of_an_answered_entry_opens_a_care_period(
    me: Client, client_for: ClientFactory, database: Clone, changed: dict[str, Any]
) -> None:
    """What was answered is that version, for that kind of danger."""
    entry = queued(2)
    await me.post("/batch", json={"entries": [entry]})
    await client_for("account", me.person).delete("/care")

    await me.post("/batch", json={"entries": [entry | changed]})

    assert await in_care(database, me)


async def test_a_refused_entry_that_is_sent_again_opens_no_care_period(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """An app may send a faulty entry for ever."""
    faulty = queued(1, intensity=99)
    await me.post("/", json=faulty)
    await client_for("account", me.person).delete("/care")

    again = await me.post("/", json=faulty)

    assert (again.status_code, again.json()["support"]["grade"]) == (422, "explicit")
    assert not await in_care(database, me)


async def in_care(database: Clone, client: Client) -> bool:
    query = "SELECT FROM public.care_periods WHERE user_id = %s AND ends_at > %s"
    return database.rows(query, client.person, utc_now()) != []
