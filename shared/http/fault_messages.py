"""What a fault of a request says: the rule in words, with an example. It never contains the input."""

from collections.abc import Iterable, Sequence
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

MOST_LISTED = 12
MOMENT = "must be a time with a time zone, like 2025-11-21T08:15:00Z or 2025-11-21T09:15:00+01:00"
DATE = "must be a date like 2025-11-21"
UUID = "must be a UUID, like 0193c0de-0000-7000-8000-000000000004"
SWITCH = "must be true or false, without quotes"
OBJECT = "must be a JSON object, in {}"
# By the type of pydantic's error. Its own messages name types of Python, or what its parser expected.
RULES = {
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"), MOMENT),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), DATE),
    **dict.fromkeys(("uuid_type", "uuid_parsing"), UUID),
    **dict.fromkeys(("bool_type", "bool_parsing"), SWITCH),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), OBJECT),
    **dict.fromkeys(("int_parsing", "int_from_float"), "must be a whole number, like 7"),
    "int_type": "must be a whole number without quotes, like 7",
    "float_parsing": "must be a number, like 7.5",
    "float_type": "must be a number without quotes, like 7.5",
    "string_type": "must be a text, in quotes",
    "list_type": "must be a list, in []",
}


def fault_message(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The message of a fault in the input of this model: pydantic's own where it is clear enough."""
    context, kind = error.get("ctx", {}), error["type"]
    if kind == "extra_forbidden":
        return _unknown_name(error["loc"], model)
    if kind in {"too_long", "too_short"}:  # of a `Text`, pydantic counts "items"
        limit = f"at most {context['max_length']}" if kind == "too_long" else f"at least {context['min_length']}"
        return f"must have {limit} {'characters' if context['field_type'] == 'Value' else 'items'}"
    return RULES.get(kind) or error["msg"].removeprefix("Value error, ")


def _unknown_name(loc: Sequence[int | str], model: type[BaseModel]) -> str:
    from difflib import get_close_matches  # only mistakes need it

    *parents, name = loc
    names = _known_names(model, parents)
    if nearest := get_close_matches(str(name)[:40].lower(), names, 1):
        return f"Unknown. Did you mean `{nearest[0]}`?"
    more = ", …" if len(names) > MOST_LISTED else ""
    return f"Unknown. Known are {', '.join(names[:MOST_LISTED])}{more}."


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
