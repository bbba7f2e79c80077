"""`mend safety off` and `on`: what is switched has to exist. In an incident a typo must not look like success."""

import pytest

from infra.errors import UserError
from infra.safety_admin import switch, switched_off
from tests.conftest import Clone


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("pattern:indirekt", "pattern:indirect"),
        ("text:indirect:9", "text:indirect:"),
        ("text:plann:1", "text:plan:1"),
        ("model:anthropic/claude-haiku-5", "model:anthropic/claude-haiku-5-5"),
        ("prompt:sumary", "prompt:summary"),
    ],
)
def test_what_does_not_exist_cannot_be_switched(database: Clone, name: str, nearest: str) -> None:
    """Neither off nor on. The remedy has the nearest name of that kind, and nothing is stored."""
    dsn = database.dsn("postgres")

    for on in (False, True):
        with pytest.raises(UserError, match=f"There is no {name}") as refused:
            switch(dsn, name, on=on)
        assert refused.value.remedy.startswith(f"Did you mean {nearest}")

    assert name not in switched_off(dsn)


@pytest.mark.parametrize("name", ["pattern:indirect", "text:indirect:0", "prompt:summary", "model:compatible/my-own"])
def test_what_exists_is_switched_off_and_on(database: Clone, name: str) -> None:
    """A model of a server of one's own may have any name."""
    dsn = database.dsn("postgres")

    switch(dsn, name, on=False)
    off = switched_off(dsn)
    switch(dsn, name, on=True)

    assert name in off
    assert name not in switched_off(dsn)


def test_what_is_gone_since_can_be_switched_on(database: Clone) -> None:
    """A release may drop a pattern that is switched off."""
    dsn = database.dsn("postgres")
    with database.admin() as conn:
        conn.execute("INSERT INTO mend.safety_switches (name, off_since) VALUES ('pattern:dropped', now())")

    switch(dsn, "pattern:dropped", on=True)

    assert switched_off(dsn) == []
