"""What a fault of a request says: the rule in words, with an example. It never contains the input."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from shared.errors import RuleBroken, Sentence
from shared.http.suggestions import nearest
from shared.pattern import RULE_IN_WORDS

MOST_LISTED = 12
MOMENT = "must be a time with a time zone, like 2025-11-21T08:15:00Z or 2025-11-21T09:15:00+01:00"
DATE = "must be a date like 2025-11-21"
UUID = "must be a UUID, like 0193c0de-0000-7000-8000-000000000004"
SWITCH = "must be true or false, without quotes"
OBJECT = "must be a JSON object, in {}"
NUMBER = "must be a number, like 7.5"
# By the type of pydantic's error. Its own messages name types of Python, or what its parser expected.
RULES = {
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"), MOMENT),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), DATE),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), UUID),
    **dict.fromkeys(("bool_type", "bool_parsing"), SWITCH),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), OBJECT),
    **dict.fromkeys(("int_parsing", "int_from_float", "int_parsing_size"), "must be a whole number, like 7"),
    **dict.fromkeys(("float_parsing", "finite_number"), NUMBER),
    "int_type": "must be a whole number without quotes, like 7",
    "float_type": "must be a number without quotes, like 7.5",
    "string_type": "must be a text, in quotes",
    "list_type": "must be a list, in []",
    "missing": "is required",
}
OTHER = "is not valid"  # where nothing better is known
# By the type, too: the name of the limit in pydantic's error, and what is said of it.
LIMITS = {
    "greater_than_equal": ("ge", "must be at least {limit}"),
    "less_than_equal": ("le", "must be at most {limit}"),
}
# By the name of the limit and what it counts: for one, and for another number.
COUNTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("min_length", "items"): ("must have at least {limit} item", "must have at least {limit} items"),
    ("max_length", "items"): ("must have at most {limit} item", "must have at most {limit} items"),
    ("min_length", "characters"): ("must have at least {limit} character", "must have at least {limit} characters"),
    ("max_length", "characters"): ("must have at most {limit} character", "must have at most {limit} characters"),
}
COUNTED = {
    "too_short": "min_length",
    "too_long": "max_length",
    "string_too_short": "min_length",
    "string_too_long": "max_length",
}
ONE_VALUE = "must be {value}"
SOME_VALUES = "must be one of {values}"
DID_YOU_MEAN = "Unknown. Did you mean `{name}`?"
KNOWN = "Unknown. Known are {names}."
TEMPLATES = frozenset({
    *RULES.values(), *(text for _, text in LIMITS.values()), *(text for both in COUNTS.values() for text in both),
    OTHER, ONE_VALUE, SOME_VALUES, DID_YOU_MEAN, KNOWN,
})  # fmt: skip
LITERAL = re.compile(r"'([^']*)'|\b(True|False|None|[0-9]+)\b")  # as pydantic writes those of Python


def fault_message(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The message of a fault in the input of this model, in our own words alone."""
    context, kind = error.get("ctx", {}), error["type"]
    if kind == "extra_forbidden":
        return _unknown_name(error["loc"], model)
    if kind in LIMITS:
        name, template = LIMITS[kind]
        return Sentence(template, limit=f"{context[name]:.15g}")  # all the digits that a float is sure of
    if kind in COUNTED:
        return _count(COUNTED[kind], context)
    if kind == "literal_error":
        return _choice(context["expected"])
    if kind == RULE_IN_WORDS:
        return error["msg"]
    broken = context.get("error")
    return broken.sentence if isinstance(broken, RuleBroken) else RULES.get(kind, OTHER)


def _count(limit: str, context: Mapping[str, object]) -> Sentence:
    # Of a `Text`, pydantic counts "items", and of a `str` it does not say what it counts.
    counted = "characters" if context.get("field_type", "Value") == "Value" else "items"
    one, several = COUNTS[limit, counted]
    return Sentence(one if context[limit] == 1 else several, limit=context[limit])


def _choice(expected: str) -> Sentence:
    """The values as JSON has them."""
    values = [f"`{text or other.lower()}`" for text, other in LITERAL.findall(expected)]
    return Sentence(SOME_VALUES, values=", ".join(values)) if values[1:] else Sentence(ONE_VALUE, value=values[0])


def _unknown_name(loc: Sequence[int | str], model: type[BaseModel]) -> str:
    *parents, name = loc
    names = _known_names(model, parents)
    if meant := nearest(str(name), names):
        return Sentence(DID_YOU_MEAN, name=meant)
    more = ", …" if len(names) > MOST_LISTED else ""
    return Sentence(KNOWN, names=", ".join(names[:MOST_LISTED]) + more)


def _known_names(model: type[BaseModel], parents: Iterable[int | str]) -> list[str]:
    models = [model]
    for parent in parents:
        inner = [m for owner in models for name, type_ in _fields(owner) if name == parent for m in _models_in(type_)]
        models = inner or models  # a place may also be a position in a list
    return [name for owner in models for name, _ in _fields(owner)]


def _fields(model: type[BaseModel]) -> Iterable[tuple[str, object]]:
    return [(field.alias or name, field.annotation) for name, field in model.model_fields.items()]


def _models_in(annotation: object) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
