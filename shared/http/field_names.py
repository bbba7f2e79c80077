"""What to say of an unknown field or parameter: the known name that is most like it, or all known names."""

from collections.abc import Iterable, Sequence
from typing import get_args

from pydantic import BaseModel

MOST_LISTED = 12


def unknown_name(loc: Sequence[int | str], model: type[BaseModel]) -> str:
    """The message about a name that pydantic found at this place of the model's input. It does not repeat the name."""
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
