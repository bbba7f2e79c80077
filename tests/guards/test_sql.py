"""Where SQL may stand, and how it is sent."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.registry import ROOT

SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM\s|SELECT\s+(pg_\w+|mend\.\w+)\(|INSERT\s+INTO\s|UPDATE\s+[\w.]+\s+(AS\s+\w+\s+)?SET\s"
    r"|DELETE\s+FROM\s|WITH\s+(RECURSIVE\s+)?\w+\s+AS\s)",
    re.IGNORECASE | re.DOTALL,
)
MODULES = sorted([*ROOT.glob("functions/**/*.py"), *ROOT.glob("shared/**/*.py")])
DECLARED_SQL = {ROOT / "shared/retention.py"}  # puts together what `capability.toml` declares, by psycopg's own means
OUTSIDE = [path for path in ROOT.glob("functions/**/*.py") if not path.stem.endswith("queries")]


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module, those within f-strings included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_sql_in_functions_stands_in_queries_modules() -> None:
    """One place for each capability and database role, where every statement is a named constant."""
    misplaced = [
        f"{path.relative_to(ROOT)}: {text[:40]!r}"
        for path in OUTSIDE
        for text in texts(parsed(path))
        if SQL.match(text)
    ]

    assert misplaced == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id\nFROM public.content",
        " select pg_advisory_xact_lock(1)",
        "DELETE FROM public.devices",
        "UPDATE public.content AS c SET title = ''",
        "WITH due AS (SELECT)",
    ],
)
def test_the_pattern_knows_sql_when_it_sees_it(text: str) -> None:
    """SQL may have several lines, in capitals or not."""
    assert SQL.match(text)


@pytest.mark.parametrize("path", sorted({*MODULES} - DECLARED_SQL), ids=lambda path: str(path.relative_to(ROOT)))
def test_statements_are_whole_and_go_through_queue_and_run(path: Path) -> None:
    """A cursor costs a round trip of its own, and a statement that is put together at run time can be any."""
    calls = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    sent = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in {"queue", "run"}]
    of_psycopg = [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"execute", "cursor"}
        and isinstance(call.func.value, ast.Name | ast.Attribute)
    ]
    composed = [call.lineno for call in sent if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)]

    assert (of_psycopg, composed) == ([], [])


def test_advisory_locks_are_keyed_in_one_way() -> None:
    """By `shared.locks` and `mend.lock_key`. Callers could find collisions of `hashtextextended`."""
    files = [*MODULES, *ROOT.glob("infra/supabase/migrations/*.sql")]

    assert [path.name for path in files if "hashtext" in path.read_text(encoding="utf-8")] == []
