"""Rules for every table, view, policy and function, checked in the catalogue of Postgres."""

from typing import Any

import pytest

from infra.capabilities import capabilities
from tests.conftest import Clone

# The data map of all capabilities: whose rows are whose, and what outlives an account.
MAP = [entry for declared in capabilities().values() for entry in declared.data if entry.store == "table"]
WITHOUT_OWNER = {entry.name for entry in MAP if not entry.owner}
OUTLIVES = {entry.name for entry in MAP if entry.outlives}
# Tables that no role of ours reaches, so that no policy opens them.
CLOSED = {
    "mend.relay_target": "read by mend.wake_relay alone, as its owner",
    "mend.harm_report_reads": "written and read by the owner of the database alone",
    "mend.content_terms": "written and read by triggers and the search, as their owner",
    "mend.content_words": "written and read by triggers and the search, as their owner",
    "mend.search_phrases": "written by the owner of the database, read by the search as its owner",
    "mend.admin_actions": "written by a trigger as its owner, read by the owner of the database",
}
# Tables whose deleted rows may stay in stored responses.
NOT_IN_RESPONSES = {
    "mend.files": "a response has an upload's id, not what it contains",
    "mend.outbox": "no response names an event",
    "mend.support_shown": "no response names it",
    "mend.harm_reports": "no response names it",
    "public.insights": "no response to a POST names an insight",
    "public.notifications": "no response to a POST names a notification",
    "public.recommendations": "a list is deleted long after the responses that contain it",
}
# Tables that everyone may read, all of it.
CATALOGUES = {"mend.consent_purposes", "public.content_moods", "public.content_versions", "mend.population_tables"}

OURS = "relnamespace IN ('public'::regnamespace, 'mend'::regnamespace)"
NAME = "relnamespace::regnamespace || '.' || relname"
MAY_DO = "(has_table_privilege('mend_user', oid, {0}) OR has_table_privilege('mend_service', oid, {0}))"


@pytest.fixture
def tables(database: Clone) -> dict[str, dict[str, Any]]:
    """Every table of ours, and what row-level security it has."""
    rows = database.rows(f"""
        SELECT {NAME}, relrowsecurity, relforcerowsecurity,
               EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid),
               ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
               EXISTS (
                   SELECT FROM pg_constraint AS k
                   WHERE conrelid = c.oid AND contype = 'f' AND confrelid = 'auth.users'::regclass
                     AND confdeltype = 'c' AND conname ~ '_user_id_fkey$'
               )
        FROM pg_class AS c WHERE relkind IN ('r', 'p') AND {OURS}
    """)  # noqa: S608 - of constants
    columns = ("enabled", "forced", "policies", "columns", "cascades")
    return {name: dict(zip(columns, row, strict=True)) for name, *row in rows}


def test_every_table_enforces_row_level_security_even_on_its_owner(tables: dict[str, dict[str, Any]]) -> None:
    """ENABLE alone lets the role that owns a table see all of it."""
    assert tables
    assert [name for name, table in tables.items() if not (table["enabled"] and table["forced"])] == []


def test_every_row_has_an_owner_or_a_reason_why_not(tables: dict[str, dict[str, Any]]) -> None:
    """`user_id` names the owner of a row. On the data map, a table without it has no owner."""
    assert {name for name, table in tables.items() if "user_id" not in table["columns"]} == WITHOUT_OWNER


def test_what_a_person_owns_goes_with_their_account(tables: dict[str, dict[str, Any]]) -> None:
    """`user_id` refers to the account and is deleted with it."""
    owned = tables.keys() - WITHOUT_OWNER

    assert {name for name in owned if not tables[name]["cascades"]} == OUTLIVES


def test_every_table_says_who_may_see_what(tables: dict[str, dict[str, Any]]) -> None:
    """A table without a policy is closed to everybody. That is listed, or it was forgotten."""
    assert {name for name, table in tables.items() if not table["policies"]} == CLOSED.keys()


def test_every_foreign_key_is_indexed(database: Clone) -> None:
    """Otherwise the deletion of an account scans tables."""
    bare = database.rows(f"""
        SELECT {NAME} || ' ' || conname FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = conrelid
        WHERE contype = 'f' AND {OURS} AND NOT EXISTS (
            SELECT FROM pg_index WHERE indrelid = conrelid AND indpred IS NULL
            AND (indkey::smallint[])[0:cardinality(conkey) - 1] @> conkey
        )
    """)  # noqa: S608 - of constants

    assert bare == []


def test_what_is_deleted_is_deleted_from_stored_responses(database: Clone) -> None:
    """A table whose rows have ids and can be deleted has the triggers for that, or a reason why not."""
    needed = database.rows(f"""
        SELECT {NAME}, verb FROM pg_class AS c, unnest(ARRAY['DELETE', 'UPDATE']) AS verb
        WHERE relkind IN ('r', 'p') AND {OURS} AND {MAY_DO.format("'DELETE'")} AND {MAY_DO.format("verb")}
          AND (SELECT count(*) FROM pg_attribute WHERE attrelid = c.oid AND attname IN ('user_id', 'id')) = 2
    """)  # noqa: S608 - of constants
    present = database.rows("""
        SELECT event_object_schema || '.' || event_object_table, event_manipulation FROM information_schema.triggers
        WHERE action_statement = 'EXECUTE FUNCTION mend.forget_responses()'
    """)

    assert {table for table, _ in {*needed} - {*present}} == NOT_IN_RESPONSES.keys()


@pytest.fixture
def policies(database: Clone) -> list[dict[str, Any]]:
    rows = database.rows("""
        SELECT schemaname || '.' || tablename, permissive = 'PERMISSIVE', roles::text[], cmd,
               coalesce(qual, ''), coalesce(with_check, '')
        FROM pg_policies WHERE schemaname IN ('public', 'mend')
    """)
    columns = ("table", "permissive", "roles", "command", "using", "check")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_a_policy_evaluates_the_person_once(policies: list[dict[str, Any]]) -> None:
    """Postgres evaluates `(SELECT uid())` once (0.2 ms for 100,000 rows), but a bare `uid()` for each row (68 ms)."""
    bare = [
        policy["table"]
        for policy in policies
        for text in (policy["using"], policy["check"])
        if text.count("uid()") != text.count("SELECT mend.uid()") + text.count("SELECT auth.uid()")
    ]

    assert any("uid()" in policy["using"] for policy in policies)
    assert bare == []


def test_a_policy_names_the_roles_it_is_for(policies: list[dict[str, Any]]) -> None:
    """A policy for PUBLIC would also apply to roles that are added later."""
    assert [policy["table"] for policy in policies if "public" in policy["roles"]] == []


def test_people_see_whole_tables_of_the_catalogue_only(policies: list[dict[str, Any]]) -> None:
    """`USING (true)` for those who act for people would show everybody's rows."""
    people = {"anon", "authenticated", "mend_user"}
    open_to_people = {
        policy["table"]
        for policy in policies
        if "true" in {policy["using"], policy["check"]} and people & {*policy["roles"]}
    }

    assert open_to_people == CATALOGUES


def test_one_policy_decides(policies: list[dict[str, Any]]) -> None:
    """Of several permissive policies the most generous one wins, and all of them are evaluated."""
    commands = ("SELECT", "INSERT", "UPDATE", "DELETE")
    decisions = [
        (policy["table"], role, command)
        for policy in policies
        if policy["permissive"]
        for role in policy["roles"]
        for command in (commands if policy["command"] == "ALL" else (policy["command"],))
    ]

    assert len(decisions) == len(set(decisions))


def test_a_view_shows_what_its_reader_may_see(database: Clone) -> None:
    """Without `security_invoker` a view shows what its owner may see; a materialised one always does."""
    views = database.rows(f"""
        SELECT {NAME} FROM pg_class
        WHERE relkind IN ('v', 'm') AND {OURS}
          AND (relkind = 'm' OR NOT coalesce(reloptions, '{{}}') && '{{security_invoker=true,security_invoker=on}}')
    """)  # noqa: S608 - of constants

    assert views == []


def test_the_rest_endpoint_offers_no_function(database: Clone) -> None:
    """The REST endpoint serves every function in `public`."""
    assert database.rows("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == []


def test_functions_are_executable_by_named_roles_only(database: Clone) -> None:
    """Postgres lets everybody execute what is new, unless the default privileges say otherwise."""
    open_to = database.rows("""
        SELECT proname, grantee FROM pg_proc AS p, (VALUES ('public'), ('anon'), ('authenticated')) AS g (grantee)
        WHERE pronamespace = 'mend'::regnamespace AND has_function_privilege(grantee, p.oid, 'EXECUTE')
    """)

    assert open_to == []


def test_a_function_made_later_is_closed_as_well(database: Clone) -> None:
    """The default privileges of the migrating role revoke EXECUTE."""
    with database.admin() as conn:
        conn.execute("SET ROLE postgres")
        conn.execute("CREATE FUNCTION mend.later() RETURNS void LANGUAGE sql AS ''")

    assert not database.value("SELECT has_function_privilege('public', 'mend.later()', 'EXECUTE')")


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_what_is_made_later_in_public_is_closed_to_clients(database: Clone, role: str) -> None:
    """Supabase's default privileges would let clients of its REST endpoint use it."""
    with database.admin() as conn:
        conn.execute("SET ROLE postgres")
        conn.execute("CREATE FUNCTION public.later() RETURNS void LANGUAGE sql AS ''")
        conn.execute("CREATE TABLE public.later (id integer GENERATED ALWAYS AS IDENTITY)")
        conn.execute("CREATE SEQUENCE public.numbers")

    assert not database.value("SELECT has_function_privilege(%s, 'public.later()', 'EXECUTE')", role)
    assert not database.value("SELECT has_table_privilege(%s, 'public.later', 'SELECT, INSERT')", role)
    assert not database.value("SELECT has_sequence_privilege(%s, 'public.numbers', 'USAGE, SELECT, UPDATE')", role)


def test_a_function_has_a_fixed_search_path(database: Clone) -> None:
    """With the search path of the caller, a function might call functions of the caller.

    SQL-standard bodies are bound to their objects at creation, so they are exempt.
    """
    loose = database.rows("""
        SELECT proname FROM pg_proc
        WHERE pronamespace = 'mend'::regnamespace AND prosqlbody IS NULL
          AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=""']
    """)
    definers = database.rows("""
        SELECT proname FROM pg_proc
        WHERE pronamespace IN ('public'::regnamespace, 'mend'::regnamespace) AND prosecdef
          AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=""']
    """)

    assert (loose, definers) == ([], [])
