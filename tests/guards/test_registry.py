"""`infra/functions.yaml` agrees with the code."""

import ast
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from functions_framework import _function_registry

from infra.registry import ROOT, TICK, Function, registry
from shared.events import Consumer, LongRunningConsumer, types
from shared.events.envelope import ATTRIBUTES
from shared.http import LongOperation
from shared.settings import OwnSettings

FUNCTIONS = registry().functions
EVENT_FUNCTIONS = [name for name, function in FUNCTIONS.items() if function.trigger == "events"]
CODE = sorted(
    path for folder in ("functions", "shared/files", "shared/safety") for path in (ROOT / folder).rglob("*.py")
)
FOLDERS_WITH_SETTINGS = sorted(path.parent for path in ROOT.glob("functions/*/settings.py"))
CONSTRUCTORS = {name: part.name for name, part in vars(types).items() if isinstance(part, types.EventType)}


def module_of(function: Function) -> ModuleType:
    return import_module(function.module)


def consumers_of(function: Function) -> dict[str, Consumer | LongRunningConsumer]:
    """Those declared in its main.py, by name."""
    declared = vars(module_of(function)).values()
    return {part.name: part for part in declared if isinstance(part, Consumer | LongRunningConsumer)}


def emitted() -> set[str]:
    """Every type of event that code or SQL of ours makes."""
    types_emitted = {CONSTRUCTORS[name] for path in CODE for name in names_used(path) & CONSTRUCTORS.keys()}
    for path in (ROOT / "infra/supabase/migrations").glob("*.sql"):
        for into in path.read_text(encoding="utf-8").split("INSERT INTO mend.outbox")[1:]:
            types_emitted |= set(re.findall(r"'(\w+\.\w+)'", into.partition(";")[0]))
    return types_emitted


def names_used(path: Path) -> set[str]:
    """The plain names that a module reads. Consumers name types as `types.mood_recorded`, producers `mood_recorded`."""
    return {node.id for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name)}


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_there_and_of_its_kind(name: str) -> None:
    """The framework finds it under its name and passes it the request; an event function has a consumer."""
    target = getattr(module_of(FUNCTIONS[name]), name)

    assert target.__name__ == name
    assert name in _function_registry.ASGI_FUNCTIONS
    assert _function_registry.REGISTRY_MAP[name] == _function_registry.HTTP_SIGNATURE_TYPE
    assert (name in consumers_of(FUNCTIONS[name])) == (FUNCTIONS[name].trigger == "events")


@pytest.mark.parametrize("name", EVENT_FUNCTIONS)
def test_a_consumer_listens_to_what_its_function_is_subscribed_to(name: str) -> None:
    """Every subscribed type of event has a handler, and every type with a handler is subscribed."""
    consumer = consumers_of(FUNCTIONS[name])[name]

    assert consumer.listens == {*FUNCTIONS[name].listens}


def test_long_work_comes_in_a_message_of_its_own() -> None:
    """Several would be done one after the other. What follows from moods takes seconds, and moods come in bursts."""
    long = {
        kind
        for function in FUNCTIONS.values()
        for consumer in consumers_of(function).values()
        if isinstance(consumer, LongRunningConsumer)
        for kind in consumer.listens
    }

    assert {kind for kind in long if not kind.startswith((TICK, "mood."))} == types.ALONE


@pytest.mark.parametrize("name", EVENT_FUNCTIONS)
def test_a_filter_is_by_an_attribute_and_short_enough(name: str) -> None:
    """Pub/Sub takes a filter of 256 bytes, and knows only what is published as an attribute."""
    for filters in FUNCTIONS[name].filters.values():
        terms = [
            f'NOT attributes.{attribute} = "{value}"' for attribute, each in filters.items() for value in each.none_of
        ]
        terms += [
            f'(attributes.{attribute} = "{value}"' for attribute, each in filters.items() for value in each.one_of
        ]

        assert filters.keys() <= {*ATTRIBUTES}
        assert len(" AND ".join(terms)) < 256


def test_no_function_is_left_out() -> None:
    """Every function that the framework could serve is in the list."""
    for function in FUNCTIONS.values():
        module_of(function)

    assert {*_function_registry.REGISTRY_MAP} == {*FUNCTIONS}
    assert {path.parent for path in ROOT.glob("functions/**/main.py")} == {f.folder for f in FUNCTIONS.values()}


@pytest.mark.parametrize("name", registry().http)
def test_a_function_may_run_longer_than_its_operations(name: str) -> None:
    """Otherwise Cloud Run cuts a response off before the operation ends it by itself."""
    operations = module_of(FUNCTIONS[name]).app.operations
    seconds = [operation.seconds or 0 for operation in operations if isinstance(operation, LongOperation)]

    assert max(seconds, default=0) < FUNCTIONS[name].timeout


@pytest.mark.parametrize("folder", FOLDERS_WITH_SETTINGS, ids=lambda folder: folder.name)
def test_every_setting_reaches_a_function(folder: Path) -> None:
    """A setting that no function of its folder names could not be set in production."""
    declared = vars(import_module(f"functions.{folder.name}.settings")).values()
    own = [part for part in declared if isinstance(part, type) and issubclass(part, OwnSettings)]
    functions = [function for function in FUNCTIONS.values() if function.capability == folder.name]
    named = {name for function in functions for name in (*function.secrets, *function.environment)}

    assert {name.upper() for part in own for name in part.model_fields} <= named


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_its_requirements_locked(name: str) -> None:
    """`make lock` writes them from the dependency group of the name of the package, with `_` for a slash."""
    assert (FUNCTIONS[name].folder / "requirements.txt").is_file()


def test_what_is_listened_to_is_emitted() -> None:
    """No function listens to an event that nothing emits."""
    listened = {kind for function in FUNCTIONS.values() for kind in function.listens if not kind.startswith(TICK)}

    assert listened <= emitted()


def test_an_event_has_a_home() -> None:
    """A topic exists only for events with a listener; without a topic, publishing fails."""
    listened = {kind for function in FUNCTIONS.values() for kind in function.listens}

    assert emitted() <= listened


def test_every_type_is_listened_to() -> None:
    """A type without a listener is dead code."""
    listened = {kind for function in FUNCTIONS.values() for kind in function.listens}

    assert sorted(CONSTRUCTORS.values()) == sorted(listened)


def test_events_are_made_by_their_types() -> None:
    """Producers and consumers share the types of `shared/events/types.py`."""
    assert [str(path) for path in CODE if makes_a_bare_event(path)] == []


def makes_a_bare_event(path: Path) -> bool:
    nodes = list(ast.walk(tree_of(path)))
    imported = {
        n.name
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        if node.module == "shared.events"
        for n in node.names
    }
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) if isinstance(node.func, ast.Name)}
    return "Event" in imported & called
