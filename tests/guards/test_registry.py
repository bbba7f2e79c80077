"""`infra/functions.yaml` and the code say the same."""

import re
from importlib import import_module
from types import ModuleType

import pytest
from functions_framework import _function_registry

from infra.registry import ROOT, TICK, Function, registry

FUNCTIONS = registry().functions
AWAITED = {"insight.found"}  # what is told of it is ready; nobody finds insights yet
EMITTED = re.compile(r"""type=["'](\w+\.\w+)["']|["'](\w+\.\w+)["'] if|else ["'](\w+\.\w+)["']""")


def module_of(function: Function) -> ModuleType:
    return import_module(function.module)


def emitted() -> set[str]:
    """Every type of event that code or SQL of ours makes."""
    made: set[str] = set()
    for path in (ROOT / "functions").rglob("*.py"):
        made |= {kind for found in EMITTED.findall(path.read_text(encoding="utf-8")) for kind in found if kind}
    for path in (ROOT / "infra/supabase/migrations").glob("*.sql"):
        for into in path.read_text(encoding="utf-8").split("INSERT INTO mend.outbox")[1:]:
            made |= set(re.findall(r"'(\w+\.\w+)'", into.partition(";")[0]))
    return made


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_there_and_of_its_kind(name: str) -> None:
    """The framework finds it under its name, and calls it as `trigger` says."""
    target = getattr(module_of(FUNCTIONS[name]), name)
    kind = {"http": _function_registry.HTTP_SIGNATURE_TYPE, "events": _function_registry.CLOUDEVENT_SIGNATURE_TYPE}

    assert target.__name__ == name
    assert name in _function_registry.ASGI_FUNCTIONS
    assert _function_registry.REGISTRY_MAP[name] == kind[FUNCTIONS[name].trigger]


def test_no_function_is_left_out() -> None:
    """Whatever the framework could serve is deployed."""
    for function in FUNCTIONS.values():
        module_of(function)

    assert {*_function_registry.REGISTRY_MAP} == {*FUNCTIONS}
    assert {path.parent.name for path in ROOT.glob("functions/*/main.py")} == {
        f.folder.name for f in FUNCTIONS.values()
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_its_requirements_locked(name: str) -> None:
    """`make lock` writes them from the dependency group of the folder's name."""
    assert (FUNCTIONS[name].folder / "requirements.txt").is_file()


def test_what_is_listened_to_is_emitted() -> None:
    """A listener of an event that nobody makes waits for ever. One's own consumer name proves nothing."""
    listened = {kind for function in FUNCTIONS.values() for kind in function.listens if not kind.startswith(TICK)}

    assert listened - emitted() == AWAITED


def test_an_event_has_a_home() -> None:
    """Its topic exists because somebody listens; without one, publishing it fails for ever."""
    listened = {kind for function in FUNCTIONS.values() for kind in function.listens}

    assert emitted() <= listened
