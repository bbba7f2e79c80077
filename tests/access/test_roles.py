"""Least privilege: attributes, memberships and grants of the database roles."""

import psycopg
import pytest

from tests.access.matrix import ROLES, TABLES, allowed, columns, declared
from tests.conftest import Clone

OURS = ("mend_app", "mend_user", "mend_service")


def test_no_role_bypasses_the_rules(database: Clone) -> None:
    """None is a superuser, bypasses row-level security, or creates roles, databases or replicas."""
    powers = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
    roles = database.rows(f"SELECT rolname, {powers} FROM pg_roles WHERE rolname LIKE 'mend_%%'")  # noqa: S608

    assert sorted(roles) == sorted((role, *[False] * 5) for role in OURS)


def test_only_the_app_logs_in_and_inherits_nothing(database: Clone) -> None:
    """The login role must switch to another role to read anything."""
    roles = database.rows("SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname LIKE 'mend_%%'")
    inherits = database.rows(
        "SELECT rolname FROM pg_roles AS r LEFT JOIN pg_auth_members AS m ON m.member = r.oid"
        " WHERE rolname = 'mend_app' AND (rolinherit OR inherit_option OR admin_option)"
    )

    assert dict(roles) == {"mend_app": True, "mend_user": False, "mend_service": False}
    assert inherits == []


def test_the_login_role_can_switch_to_two_roles(database: Clone) -> None:
    """It can switch to `mend_user` and `mend_service`, and to no other role, directly or indirectly."""
    others = {name for (name,) in database.rows("SELECT rolname FROM pg_roles")}
    reachable = set()
    with psycopg.connect(database.dsn("mend_app"), autocommit=True) as conn:
        for role in others - {"mend_app"}:
            try:
                conn.execute("SELECT set_config('role', %s, false)", (role,))
            except psycopg.errors.InsufficientPrivilege:
                continue
            reachable.add(role)

    assert reachable == {"mend_user", "mend_service"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_granted_what_the_matrix_says(database: Clone, role: str) -> None:
    """It has no other privilege on a table or its columns, including TRUNCATE and TRIGGER, and none on a sequence."""
    granted = database.rows(
        """
        SELECT relnamespace::regnamespace || '.' || relname, lower(privilege_type)
        FROM pg_class, LATERAL (
            SELECT * FROM aclexplode(relacl)
            UNION ALL
            SELECT e.* FROM pg_attribute, aclexplode(attacl) AS e WHERE attrelid = pg_class.oid
        ) AS granted
        WHERE grantee IN (0, %s::regrole) AND relnamespace IN ('public'::regnamespace, 'mend'::regnamespace)
        """,
        role,
    )
    expected = {(table, verb) for (table,) in database.rows(TABLES) for verb in allowed(table, role, "own", "admin")}

    assert set(granted) == expected


@pytest.mark.parametrize("role", ROLES)
def test_a_role_selects_whole_tables_or_the_columns_that_the_matrix_names(database: Clone, role: str) -> None:
    """A job that only needs the age of a row cannot read what a person wrote in it."""
    granted = database.rows(
        """
        SELECT relnamespace::regnamespace || '.' || relname, attname::text
        FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid, aclexplode(attacl)
        WHERE grantee = %s::regrole AND privilege_type = 'SELECT'
        """,
        role,
    )
    limited = {table for table, _ in granted}
    whole = database.rows(
        "SELECT 1 FROM unnest(%s::text[]) AS t WHERE has_table_privilege(%s, t, 'SELECT')", [*limited], role
    )

    assert {(table, column) for table in declared() for column in columns(table, role)} == set(granted)
    assert whole == []


def test_a_role_owns_nothing(database: Clone) -> None:
    """An owner could grant itself more rights."""
    owned = database.rows(
        "SELECT refobjid::regrole, classid::regclass, objid FROM pg_shdepend"
        " WHERE deptype = 'o' AND refclassid = 'pg_authid'::regclass AND refobjid = ANY(%s::regrole[])",
        [*ROLES],
    )

    assert owned == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_creates_nothing(database: Clone, role: str) -> None:
    """The roles can create no objects and no schemas."""
    creates = database.rows(
        "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(%s, oid, 'CREATE') AND nspname !~ '^pg_temp'", role
    )

    assert creates == []
    assert not database.value("SELECT has_database_privilege(%s, current_database(), 'CREATE')", role)


def test_the_rest_endpoint_does_not_reach_our_schema(database: Clone) -> None:
    """PostgREST's roles have no USAGE on `mend`."""
    for role in ("anon", "authenticated", "service_role", "authenticator"):
        assert not database.value("SELECT has_schema_privilege(%s, 'mend', 'USAGE')", role)


@pytest.mark.parametrize(
    ("role", "functions"),
    [
        ("mend_app", {"count_request", "claim_idempotency_key", "refuse_erased", "refuse_gone"}),
        (
            "mend_user",
            {
                "uid",
                "session_id",
                "own_sessions",
                "end_session",
                "own_account",
                "counted_age_band",
                "has_refused_mail",
                "checkin_context",
                "store_checkin",
                "count_entries",
                "count_streak",
                "is_admin",
                "hidden_content",
                "search_content",
                "language",
                "in_language",
                "better_days",
                "person_knowledge",
                "feed_context",
                "met_lately",
                "unwanted_content",
                "register_device",
                "count_support",
                "in_care",
                "open_question",
                "show_support",
                "report_harm",
                "lock_key",
                "count_own_changed_days",
                "mark_insights_stale",
                "next_insight_night",
                "product_metrics",
                "has_consent",
                "may_learn_from",
                "require_consent",
                "begin_export",
                "folded",
                "stem",
                "term_key",
                "words_of",
                "has_own_rows",
                "has_second_factor",
                "import_rows",
                "open_own_rows",
                "open_support_access",
                "own_sign_in",
                "record_import",
                "refuse_erased",
                "refuse_gone",
                "spend_on_ai",
                "switched_off",
                "state_hash",
                "view_for_support",
            },
        ),
        (
            "mend_service",
            {
                "language",
                "count_streak",
                "counted_age_band",
                "in_language",
                "better_days",
                "person_knowledge",
                "feed_context",
                "met_lately",
                "unwanted_content",
                "confirmed_emails",
                "has_account",
                "open_question",
                "plan_slot_open",
                "lock_key",
                "count_changed_days",
                "mark_insights_stale",
                "next_insight_night",
                "roll_up_days",
                "has_consent",
                "may_learn_from",
                "begin_erasure",
                "end_dead_replies",
                "count_rows_of",
                "erase_again",
                "erase_rows_of",
                "is_erased",
                "person_digest",
                "refuse_erased",
                "refuse_gone",
                "take_account_news",
                "unused_accounts",
            },
        ),
        ("anon", set()),
        ("authenticated", set()),
        ("service_role", set()),
    ],
)
def test_a_role_calls_only_what_it_needs(database: Clone, role: str, functions: set[str]) -> None:
    """A new function must be listed here."""
    granted = database.rows(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'mend'::regnamespace"
        " AND has_function_privilege(%s, oid, 'EXECUTE')",
        role,
    )

    assert {name for (name,) in granted} == functions
