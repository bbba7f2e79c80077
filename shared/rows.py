"""One way from rows to Python: by the names of the columns, which are exactly the fields of the class."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from psycopg.pq.abc import PGresult

Maker = Callable[[Sequence[Any]], Any]


class RowMismatch(TypeError):
    """A statement answers other columns than its row class has fields."""


def row_maker(row: type, result: PGresult) -> Maker:
    """What makes a row of its values. Raises `RowMismatch` where a column is missing, unknown or named twice."""
    return _maker(row, tuple([result.fname(column) for column in range(result.nfields)]))


@lru_cache(maxsize=1024)
def _maker(row: type, columns: tuple[bytes, ...]) -> Maker:
    names, fields = tuple(name.decode() for name in columns), _fields(row)
    if sorted(names) != sorted(fields):
        raise RowMismatch(f"{row.__qualname__} has the fields {', '.join(fields)}, and not {', '.join(names)}")
    if names == fields and hasattr(row, "_make"):  # a NamedTuple in the order of the columns: a quarter of the time
        make: Maker = row._make
        return make
    return lambda values: row(**dict(zip(names, values, strict=True)))


def _fields(row: type) -> tuple[str, ...]:
    """Of a pydantic model, a NamedTuple or a dataclass."""
    return tuple(getattr(row, "model_fields", ()) or getattr(row, "__match_args__", ()))
