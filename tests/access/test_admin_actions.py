"""What admins change is recorded with the change, and the record cannot be altered by any function."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from infra import admin_actions
from infra.admin_actions import AdminAction
from infra.seed import seed
from shared.http.operations import PersonOperation
from shared.services import Services
from tests.conftest import ADMIN, APPS, ClientFactory, Clone
from tests.integration.recommend.library import NAP, Json

# The tables that policies let admins write.
WRITTEN_BY_ADMINS = """
    SELECT DISTINCT polrelid::regclass::text FROM pg_policy
    WHERE polcmd <> 'r' AND pg_get_expr(coalesce(polwithcheck, polqual), polrelid) ~ 'is_admin'
"""
# The tables with the trigger for each row (1), on INSERT (4), DELETE (8) and UPDATE (16), under no condition.
RECORDED = """
    SELECT tgrelid::regclass::text FROM pg_trigger
    WHERE tgfoid = 'mend.record_admin_action'::regproc AND tgenabled = 'O'
      AND tgtype = 1 + 4 + 8 + 16 AND tgattr = '' AND tgqual IS NULL
"""


class Action(NamedTuple):
    """An admin's request, and the values of its entry that differ before and after."""

    body: Json | None
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


# For each operation for admins. A new one fails the test below until it is listed.
ACTIONS = {
    ("recommend", "POST", "/content"): Action(NAP, "insert", None, {"title": NAP["title"], "version": 1}),
    ("recommend", "PATCH", "/content/{id:uuid}"): Action(
        {"title": "Changed"}, "update", {"title": "Old", "version": 1}, {"title": "Changed", "version": 2}
    ),
    ("recommend", "DELETE", "/content/{id:uuid}"): Action(None, "update", {"deleted_at": None}, {"title": "Old"}),
}


@pytest.fixture
def item(database: Clone) -> UUID:
    """An item of the catalogue, changed by nobody so far."""
    [(item_id,)] = database.rows(
        "UPDATE public.content SET title = 'Old' WHERE id = (SELECT id FROM public.content LIMIT 1) RETURNING id"
    )
    return UUID(str(item_id))


def recorded(database: Clone) -> list[AdminAction]:
    return admin_actions.latest(database.dsn("postgres"))


def test_every_operation_for_admins_is_tested_here() -> None:
    """An operation by which admins change the catalogue is listed with what its entry says."""
    for_admins = {
        (function, operation.method, operation.path)
        for function, api in APPS.items()
        for operation in api.operations
        if isinstance(operation, PersonOperation) and operation.admin and operation.method != "GET"
    }

    picture = "/content/{id:uuid}/picture"  # tested in test_item_pictures.py, with a store of files
    elsewhere = {("recommend", method, path) for method, path in (("POST", picture), ("DELETE", picture))}
    elsewhere |= {("recommend", "PUT", f"{picture}/{{upload:uuid}}")}
    elsewhere |= {("account", "POST", "/support-access")}  # has a log of its own
    assert for_admins == ACTIONS.keys() | elsewhere


@pytest.mark.parametrize("operation", ACTIONS, ids=" ".join)
async def test_an_action_is_recorded_with_who_when_and_what(
    client_for: ClientFactory, database: Clone, item: UUID, operation: tuple[str, str, str]
) -> None:
    """One entry names the admin, the table, and the row before and after."""
    function, method, path = operation
    expected = ACTIONS[operation]
    admin = client_for(function, app_metadata={"role": "admin"})

    answer = await admin.request(method, path.replace("{id:uuid}", str(item)), json=expected.body)

    assert answer.is_success
    [entry] = recorded(database)
    assert (entry.user_id, entry.action, entry.table_name) == (admin.person, expected.action, "public.content")
    for row, values in ((entry.before, expected.before), (entry.after, expected.after)):
        assert (row is None) == (values is None)
        assert (values or {}).items() <= (row or {}).items()
    assert database.value("SELECT now() - occurred_at < interval '1 hour' FROM mend.admin_actions")


def test_every_table_that_admins_write_records_it(database: Clone) -> None:
    """A policy that lets admins write a table comes with the trigger, for each row and each kind of change."""
    written = {table for (table,) in database.rows(WRITTEN_BY_ADMINS)}

    assert written
    assert written == {table for (table,) in database.rows(RECORDED)}


async def test_a_refused_action_leaves_no_entry(client_for: ClientFactory, database: Clone, item: UUID) -> None:
    """Neither does a change that changes nothing."""
    admin = client_for("recommend", app_metadata={"role": "admin"})
    stranger = client_for("recommend")

    await stranger.patch(f"/content/{item}", json={"title": "Mine"})
    await admin.patch(f"/content/{item}", json={"title": ""})
    await admin.patch(f"/content/{item}", json={"title": "Old"})

    assert recorded(database) == []


async def test_an_entry_is_part_of_the_change(client_for: ClientFactory, database: Clone, item: UUID) -> None:
    """If the entry cannot be written, the change does not happen."""
    with database.admin() as conn:
        conn.execute("ALTER TABLE mend.admin_actions ADD CHECK (table_name = '')")
    admin = client_for("recommend", app_metadata={"role": "admin"})

    failed = await admin.patch(f"/content/{item}", json={"title": "Changed"})

    assert failed.status_code == 500
    assert database.value("SELECT title FROM public.content WHERE id = %s", item) == "Old"


async def test_jobs_and_the_owner_leave_no_entry(services: Services, database: Clone, item: UUID) -> None:
    """They are no admins: an import and `mend seed` have no person."""
    async with services.database.service() as conn:
        await conn.run("UPDATE public.content SET minutes = minutes + 1 WHERE id = %(id)s", {"id": item})
    seed(database.dsn(ADMIN))

    assert recorded(database) == []


async def test_an_entry_outlives_the_account_of_the_admin(
    client_for: ClientFactory, database: Clone, item: UUID
) -> None:
    """Who has left is still named."""
    admin = client_for("recommend", app_metadata={"role": "admin"})
    await admin.patch(f"/content/{item}", json={"title": "Changed"})

    with database.admin() as conn:
        conn.execute("DELETE FROM auth.users WHERE id = %s", (admin.person,))

    assert [entry.user_id for entry in recorded(database)] == [admin.person]


async def test_the_list_shows_what_has_changed(client_for: ClientFactory, database: Clone, item: UUID) -> None:
    """A line for the action, and one for each column, before and after."""
    admin = client_for("recommend", app_metadata={"role": "admin"})
    await admin.patch(f"/content/{item}", json={"title": "Changed"})

    [entry] = recorded(database)
    first, *changes = entry.lines()

    assert first.endswith(f"  {admin.person}  update  public.content  {item}")
    assert '  title: "Old" -> "Changed"' in changes
    assert "  version: 1 -> 2" in changes
