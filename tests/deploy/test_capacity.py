"""The arithmetic of docs/operations/capacity.md is right, and its inputs are those of the code."""

import ast
import json
import operator
import re
from collections.abc import Callable, Iterable

import pytest

from functions.insights.job.insight_job import COUNT_SECONDS
from infra.capabilities import capabilities
from infra.registry import ROOT, registry

PAGE = (ROOT / "docs/operations/capacity.md").read_text(encoding="utf-8")
MEASURED = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
PROD = json.loads((ROOT / "infra/terraform/prod.tfvars.json").read_text(encoding="utf-8"))
LINES = [
    line.split(" = ")
    for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
SUMS = [(name, formula, result) for name, formula, result in (line for line in LINES if len(line) == 3)]
VALUES = {line[0]: line[-1] for line in LINES}
SECTION = PAGE.partition("## By stage")[2].partition("## ")[0]
STAGES = re.findall(r"^\| ([\d,]+) \| ([\d.,]+) \| ([\d.,]+) \| ([\d.,]+) \| ([\d.,]+) \|$", SECTION, re.MULTILINE)
COLUMNS = [
    "people",
    "check-ins a second, at the peak",
    "transactions a second, at the peak",
    "bytes after a year",
    "seconds for the reminders of the busiest hour",
]
OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def number(text: str) -> float:
    return float(text.replace(",", ""))


def rounded(value: float, like: str) -> str:
    """The value with as many decimals as the page shows."""
    return f"{value:,.{len(like.partition('.')[2])}f}"


def computed(formula: str) -> float:
    python = (
        formula.replace(",", "")
        .replace("\N{MULTIPLICATION SIGN}", "*")
        .replace("\N{DIVISION SIGN}", "/")
        .replace("\N{MINUS SIGN}", "-")
    )
    return evaluated(ast.parse(python, mode="eval").body)


def evaluated(node: ast.expr) -> float:
    match node:
        case ast.Constant(int() | float() as value):
            return value
        case ast.BinOp(left, sign, right):
            return OPERATORS[type(sign)](evaluated(left), evaluated(right))
    raise ValueError(ast.unparse(node))


def numbers_in(name: str) -> list[float]:
    """The numbers of the formula of this name."""
    formula = next(formula for other, formula, _ in SUMS if other == name)
    return [number(text) for text in re.findall(r"[\d.,]+", formula)]


def instances(pool_sizes: Iterable[int]) -> list[float]:
    """For each size of a pool: how many instances have it, and the size."""
    functions = registry().functions.values()
    return [n for size in pool_sizes for n in (sum(f.max_instances for f in functions if f.pool_size == size), size)]


@pytest.mark.parametrize(("name", "formula", "result"), SUMS, ids=[name for name, _, _ in SUMS])
def test_a_sum_is_right(name: str, formula: str, result: str) -> None:
    """To the last digit that is shown."""
    assert rounded(computed(formula), result) == result


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage[0])
def test_a_stage_is_a_share_of_the_largest(stage: tuple[str, ...]) -> None:
    """Everything grows with the number of people."""
    share = number(stage[0]) / number(VALUES["people"])

    assert [rounded(number(VALUES[name]) * share, like) for name, like in zip(COLUMNS, stage, strict=True)] == [*stage]


def test_connections_are_those_of_the_functions() -> None:
    assert {f.pool_size for f in registry().functions.values()} == {4, 2}
    assert numbers_in("connections of all instances") == instances((4, 2))
    assert numbers_in("share of the pooler's clients in prod")[1] == PROD["pooler_clients"]


def test_the_disk_is_that_of_prod() -> None:
    assert numbers_in("years until the alert")[0] == PROD["database_bytes"] * 0.8


def test_days_are_counted_as_fast_as_was_measured() -> None:
    """By the benchmark, for as many seconds as the job takes for it."""
    [measured] = re.findall(
        r"^\| `insights_job`, of many: for each check-in \|[^|]+\| ([\d.]+) ms", MEASURED, re.MULTILINE
    )

    assert numbers_in("seconds to count the days of an hour")[2] == number(measured) / 1000
    assert numbers_in("people whose days are counted in time")[:2] == [COUNT_SECONDS, number(measured) / 1000]


def test_every_listener_of_a_check_in_is_counted() -> None:
    """Each of them claims its event."""
    assert numbers_in("pushes of events a second, at the peak")[1] == len(registry().listeners("mood.recorded"))


def test_reminders_have_as_many_instances_as_the_page_says() -> None:
    assert (
        numbers_in("seconds for the reminders of the busiest hour")[3]
        == registry().functions["reminders"].max_instances
    )


@pytest.mark.parametrize(
    ("table", "name", "place"),
    [("mend.event_claims", "bytes of claims, kept 30 days", 2), ("mend.outbox", "bytes of the outbox, kept 7 days", 1)],
)
def test_rows_are_kept_as_long_as_retention_says(table: str, name: str, place: int) -> None:
    rule = next(rule for c in capabilities().values() for rule in c.retention if rule.table == table)

    assert rule.keep == f"{numbers_in(name)[place]:.0f} days"
