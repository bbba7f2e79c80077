"""Prints the arguments by which pytest leaves out the unit tests that cannot know the date.

No import leads from their module to the only clock (shared/clock.py), and they name no fixture that reads it.
"""

import re
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
CLOCK = "shared.clock"
DATED_FIXTURE = re.compile(r"\b(a_minute_begins|client_for|database|issuer|me|move_clock|server|services)[:,]")


def undated() -> list[Path]:
    graph = grimp.build_graph("functions", "shared", "infra", "tests", cache_dir=None)
    modules = sorted(graph.find_matching_modules("tests.unit.**") - graph.find_downstream_modules(CLOCK))
    paths = [Path(*module.split(".")).with_suffix(".py") for module in modules]
    tests = [path for path in paths if path.name.startswith("test_")]
    return [path for path in tests if not DATED_FIXTURE.search((ROOT / path).read_text("utf-8"))]


if __name__ == "__main__":
    print(*(f"--ignore={path}" for path in undated()))  # noqa: T201 - for the Makefile
