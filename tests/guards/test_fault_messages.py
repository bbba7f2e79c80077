"""What is wrong with a field is told in our own words, whatever is wrong, and in every language."""

import ast
import inspect
from collections.abc import Iterator
from functools import partial
from textwrap import dedent
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from functions.insights.measures.models import MeasureDraft
from shared.errors import Sentence
from shared.http.fault_messages import OTHER, TEMPLATES, fault_message
from shared.http.problem_texts import TRANSLATIONS
from shared.measures import LARGEST
from shared.pattern import RULE_IN_WORDS
from tests.guards.request_schemas import Schema, request_models, schemas_of

DATETIME = {"datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"}
DATE = {"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"}
# By the type of a schema: the errors that JSON, or the text of a query, can have in it.
ERRORS: dict[str, set[str]] = {
    "bool": {"bool_type", "bool_parsing"},
    "date": DATE,
    "datetime": DATETIME,
    "dict": {"dict_type"},
    "float": {"float_type", "float_parsing"},
    "int": {"int_type", "int_parsing", "int_from_float", "int_parsing_size"},
    "list": {"list_type"},
    "literal": {"literal_error"},
    "model": {"model_type", "model_attributes_type"},
    "model-fields": {"missing", "extra_forbidden"},
    "str": {"string_type"},
    "uuid": {"uuid_type", "uuid_parsing"},
}
# Those that have no errors of their own. `any`, `none` and `tagged-union` are of `JsonValue`, which takes all JSON.
WITHOUT = {
    "any", "chain", "default", "definition-ref", "definitions", "function-after", "function-before", "function-wrap",
    "json-or-python", "model-field", "no-info", "none", "nullable", "tagged-union", "union",
}  # fmt: skip
LIMITS = {"ge": "greater_than_equal", "le": "less_than_equal", "max_length": "too_long", "min_length": "too_short"}
OTHER_KEYS = {
    "choices", "computed_fields", "config", "cls", "custom_init", "default", "default_factory", "definitions",
    "default_factory_takes_data", "discriminator", "expected", "extras_schema", "fields", "function", "items_schema",
    "json_schema", "json_schema_input_schema", "keys_schema", "metadata", "microseconds_precision", "model_name", "ref",
    "python_schema", "root_model", "schema", "schema_ref", "serialization", "serialization_alias", "steps", "strict",
    "type", "tz_constraint", "validation_alias", "values_schema", "custom_error_message", "custom_error_type",
    "post_init",
}  # fmt: skip
MAY_BE_RAISED = {"RuleBroken", "PydanticCustomError"}  # the latter with a type of pydantic's own

EVERY = sorted(request_models(), key=lambda model: model.__qualname__)


def limits_of(schema: Schema) -> dict[str, Any]:
    """The limits in a schema, also of one that pydantic keeps beside it in a function."""
    function = schema["function"]["function"] if schema["type"].startswith("function-") else None
    beside = function.keywords if isinstance(function, partial) else {}
    return {name: value for name, value in ({**schema, **beside}).items() if name in {*LIMITS, "allow_inf_nan"}}


def errors_in(schema: Schema) -> Iterator[ErrorDetails]:
    kind = schema["type"]
    if kind == "custom-error":
        yield error(RULE_IN_WORDS, schema["custom_error_message"])
        return
    for name in ERRORS.get(kind, ()):
        yield error(name, expected=repr(schema.get("expected", [])))
    for name, limit in limits_of(schema).items():
        if name == "allow_inf_nan":
            yield error("finite_number")
        elif kind == "str":
            yield error(f"string_{LIMITS[name]}", **{name: limit})
        else:
            field_type = "Value" if kind.startswith("function") else kind.title()
            yield error(LIMITS[name], field_type=field_type, **{name: limit})


def error(kind: str, msg: str = "words of the library", **context: object) -> ErrorDetails:
    return ErrorDetails(type=kind, loc=("a_field",), msg=msg, ctx=context, input=None)


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__qualname__)
def test_every_error_is_told_in_our_own_words(model: type[BaseModel]) -> None:
    """One by one, for every field of every request, and with a translation into every language."""
    schemas = [*schemas_of(model)]
    known = TEMPLATES - {OTHER} | {s["custom_error_message"] for s in schemas if s["type"] == "custom-error"}
    told = {details["type"]: fault_message(details, model) for schema in schemas for details in errors_in(schema)}
    templates = {kind: text.template if isinstance(text, Sentence) else text for kind, text in told.items()}

    assert {kind: text for kind, text in templates.items() if text not in known} == {}
    for translations in TRANSLATIONS.by_code.values():
        assert {text for text in templates.values() if text not in translations.root} == set()


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__qualname__)
def test_every_kind_of_field_is_known_here(model: type[BaseModel]) -> None:
    """A new kind of field, or of limit, belongs into the tables above."""
    schemas = [*schemas_of(model)]

    assert {schema["type"] for schema in schemas} - ERRORS.keys() - WITHOUT - {"custom-error"} == set()
    keys = {name for schema in schemas for name in schema if schema["type"] != "custom-error"}
    assert keys - LIMITS.keys() - OTHER_KEYS - {"allow_inf_nan"} == set()


def test_the_errors_are_those_of_pydantic() -> None:
    """No name above is misspelt or gone."""
    names = {name for kinds in ERRORS.values() for name in kinds} | {*LIMITS.values(), "finite_number"}

    assert names - {*get_args(ErrorType)} == set()


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__qualname__)
def test_validators_raise_rules(model: type[BaseModel]) -> None:
    """Of any other error, callers only read that the field is not valid."""
    functions = {s["function"]["function"] for s in schemas_of(model) if s["type"].startswith("function-")}
    ours = [each for each in functions if inspect.isfunction(each) and each.__name__ != "<lambda>"]
    raised = {name for function in ours for name in raised_by(inspect.getsource(function))}

    assert raised - MAY_BE_RAISED == set()


def raised_by(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(dedent(source))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            yield node.exc.func.id


def test_an_unexpected_error_shows_no_words_of_the_library() -> None:
    """One that no table knows, or that a validator did not mean for callers."""
    model = EVERY[0]

    assert fault_message(error("decimal_parsing"), model) == OTHER
    assert fault_message(error("value_error", error=ValueError("month must be in 1..12")), model) == OTHER


def test_a_large_limit_is_told_in_digits() -> None:
    """Nobody should have to read 1e+09."""
    with pytest.raises(ValidationError) as refusal:
        MeasureDraft(name="steps", value=1e300)

    [details] = refusal.value.errors()
    assert LARGEST == 10**9
    assert fault_message(details, MeasureDraft) == "must be at most 1000000000"


@pytest.mark.parametrize(("limit", "words"), [(1, "1 character"), (2, "2 characters")])
def test_one_is_told_apart_from_several(limit: int, words: str) -> None:
    details = error("too_short", field_type="Value", min_length=limit)

    assert fault_message(details, EVERY[0]) == f"must have at least {words}"
