"""Maps rows of Postgres to Python objects by column name. Columns and fields must be exactly the same."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from psycopg.pq.abc import PGresult

RowMaker = Callable[[Sequence[Any]], Any]


class RowMismatch(TypeError):
    """The columns of a statement are not the fields of its row class."""


def row_maker(row: type, result: PGresult) -> RowMaker:
    """A function from the values of a row to an instance of the row class.

    Raises `RowMismatch` if a column is missing, unknown or duplicate.
    """
    return _row_maker(row, tuple([result.fname(column) for column in range(result.nfields)]))


@lru_cache(maxsize=1024)
def _row_maker(row: type, columns: tuple[bytes, ...]) -> RowMaker:
    names, fields = tuple(name.decode() for name in columns), _fields(row)
    if sorted(names) != sorted(fields):
        raise RowMismatch(f"{row.__qualname__} has the fields {', '.join(fields)}, and not {', '.join(names)}")
    if names == fields and hasattr(row, "_make"):  # a NamedTuple in column order takes a quarter of the time
        make: RowMaker = row._make
        return make
    return lambda values: row(**dict(zip(names, values, strict=True)))


def _fields(row: type) -> tuple[str, ...]:
    """The fields of a pydantic model, a NamedTuple or a dataclass."""
    return tuple(getattr(row, "model_fields", ()) or getattr(row, "__match_args__", ()))
