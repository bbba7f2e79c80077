"""Advisory locks have the same keys in Python and in Postgres."""

from typing import get_args
from uuid import uuid4

import pytest

from shared.locks import Purpose, lock_key
from tests.conftest import Clone


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_python_and_postgres_make_the_same_key(database: Clone, purpose: Purpose) -> None:
    """So an SQL function and a statement from Python wait for each other."""
    name = f"{uuid4()} schön 🌱"

    assert database.value("SELECT mend.lock_key(%s, %s)", purpose, name) == lock_key(purpose, name)


def test_purpose_and_name_are_separated_in_the_key(database: Clone) -> None:
    """The key of a name depends on its purpose."""
    keys = database.rows("SELECT mend.lock_key('ab', 'c'), mend.lock_key('a', 'bc'), mend.lock_key('a', 'b:c')")

    assert len({*keys[0]}) == 3
