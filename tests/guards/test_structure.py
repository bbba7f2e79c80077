"""The shape of the code: small modules, short import chains, pure rules, and names that mean one thing."""

import ast
from collections import Counter, defaultdict
from functools import cache
from itertools import chain
from pathlib import Path
from statistics import median

import grimp
import pytest

from infra.registry import ROOT

PACKAGES = ("functions", "shared", "infra")
CAPABILITIES = sorted(path.parent.name for path in ROOT.glob("functions/*/main.py"))
MOST_LINES, MEDIAN_LINES = 350, 100
MOST_MODULES = 20  # in a capability, beside rules/ and other subfolders
LONGEST_CHAIN = 8  # of imports within a capability
NAMES_ACROSS = 5  # class names that two capabilities may share
NOUNS = {"ranking", "rounding", "paging", "settings"}  # module and folder names in -ing that are nouns


@cache
def modules() -> dict[Path, str]:
    """Every module that is not empty, with its text."""
    paths = chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES)
    texts = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in paths}
    return {path: text for path, text in texts.items() if text.strip()}


@cache
def imports(capability: str) -> dict[str, set[str]]:
    """What each module of a capability imports from the same capability."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    inside = {name for name in graph.modules if name.startswith(f"functions.{capability}.")}
    return {name: graph.find_modules_directly_imported_by(name) & inside for name in inside}


def longest_chain(graph: dict[str, set[str]], start: str, above: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The longest chain of imports from a module. Fails on a cycle."""
    assert start not in above, f"import cycle: {' -> '.join([*above, start])}"
    path = (*above, start)
    return max((longest_chain(graph, name, path) for name in graph[start]), key=len, default=path)


def owner(path: Path) -> str:
    """The capability of a module, or its package where it belongs to none."""
    return "/".join(path.parts[:2]) if path.parts[0] == "functions" else path.parts[0]


def class_owners() -> dict[str, Counter[str]]:
    owners: dict[str, Counter[str]] = defaultdict(Counter)
    for path, text in modules().items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                owners[node.name][owner(path)] += 1
    return owners


def test_no_module_is_long() -> None:
    """A module has at most 350 lines, and half of them have at most 100."""
    lines = {str(path): text.count("\n") for path, text in modules().items()}

    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}
    assert median(lines.values()) <= MEDIAN_LINES


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_capability_has_few_modules(capability: str) -> None:
    """A reader takes in the file list of a capability at a glance."""
    names = [path for path in modules() if path.parts[:2] == ("functions", capability)]

    assert len([path for path in names if len(path.parts) == len(("functions", capability, "main.py"))]) <= MOST_MODULES


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_import_chains_are_short(capability: str) -> None:
    """Within a capability no chain of imports has more than eight modules, and none leads back."""
    graph = imports(capability)
    longest = max((longest_chain(graph, name) for name in graph), key=len)

    assert len(longest) <= LONGEST_CHAIN, longest


def test_a_class_name_means_one_thing() -> None:
    """A capability uses a class name once; at most five names are used by two owners."""
    owners = class_owners()
    twice = {name: dict(counts) for name, counts in owners.items() if max(counts.values()) > 1}
    shared = {name: sorted(counts) for name, counts in owners.items() if len(counts) > 1}

    assert twice == {}
    assert len(shared) <= NAMES_ACROSS, shared


def test_no_module_is_named_by_a_gerund() -> None:
    """A module is named by what it holds (`reminders`), not by what happens in it (`reminding`)."""
    names = {part for path in modules() if path.parts[0] != "infra" for part in path.with_suffix("").parts}

    assert {name for name in names if name.endswith("ing")} - NOUNS == set()
