"""All codes of problems are told. To write them anew: `python -m tests.guards.problem_codes`."""

import json

from shared.http.glossary import problem_codes
from tests.guards.problem_codes import DOCUMENT, TABLE, codes, errors, table
from tests.hostile.routes import api_of


def test_the_page_lists_every_code() -> None:
    """With its status and what it says: docs/api.md."""
    [listed] = TABLE.finditer(DOCUMENT.read_text())

    assert listed[0] == table()


def test_openapi_lists_every_code() -> None:
    """The same ones in every function: a client has one type of problem."""
    described = json.loads(api_of("checkin").description)["components"]["schemas"]["Problem"]

    assert problem_codes() == codes()
    assert described["properties"]["code"]["x-codes"] == [*codes()]


def test_a_code_has_one_meaning() -> None:
    """No two errors share one."""
    names = [error.code for error in errors()]

    assert len(names) == len({*names})
