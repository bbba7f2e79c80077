"""The rights in a conversation of a group: who takes part may read it, and nobody else. No route uses them yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.conftest import Clone, sign_up

CONVERSATION = """
    INSERT INTO public.conversations (user_id, id, module, mode, created_at, changed_at)
    VALUES (%s, %s, 'planning', %s, now(), now())
"""
MESSAGE = """
    INSERT INTO public.conversation_messages (user_id, id, conversation_id, position, role, parts, status, created_at)
    VALUES (%s, gen_random_uuid(), %s, 1, 'user', '{Hello}', 'done', now())
"""
JOIN = """
    INSERT INTO public.conversation_participants (user_id, conversation_id, participant_id) VALUES (%s, %s, %s)
"""
SEEN = (
    "SELECT (SELECT count(*) FROM public.conversations), (SELECT count(*) FROM public.conversation_messages),"
    " (SELECT count(*) FROM public.conversation_participants)"
)


class Group(NamedTuple):
    owner: UUID
    participant: UUID
    stranger: UUID
    conversation: UUID


@pytest.fixture
def group(database: Clone) -> Group:
    """A conversation of two, and somebody who does not take part."""
    people = Group(sign_up(database), sign_up(database), sign_up(database), uuid4())
    with database.admin() as conn:
        conn.execute(CONVERSATION, (people.owner, people.conversation, "group"))
        conn.execute(MESSAGE, (people.owner, people.conversation))
        conn.execute(JOIN, (people.owner, people.conversation, people.participant))
    return people


@contextmanager
def acting_as(database: Clone, person: UUID) -> Iterator[psycopg.Connection]:
    """A transaction in the role of a person."""
    with psycopg.connect(database.dsn()) as conn:
        conn.execute("SELECT set_config('role', 'mend_user', true), set_config('request.jwt.claims', %s, true)",
                     (f'{{"sub": "{person}", "role": "authenticated"}}',))  # fmt: skip
        yield conn


def seen_by(database: Clone, person: UUID) -> tuple[int, ...] | None:
    with acting_as(database, person) as conn:
        return conn.execute(SEEN).fetchone()


def changed_by(database: Clone, person: UUID, statement: str) -> int:
    """How many rows a statement changes for this person. It is kept."""
    with acting_as(database, person) as conn:
        return conn.execute(statement.encode()).rowcount


def test_who_takes_part_reads_and_a_stranger_does_not(database: Clone, group: Group) -> None:
    """The conversation, its messages, and who takes part."""
    assert seen_by(database, group.owner) == (1, 1, 1)
    assert seen_by(database, group.participant) == (1, 1, 1)
    assert seen_by(database, group.stranger) == (0, 0, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE public.conversations SET title = 'mine'",
        "UPDATE public.conversation_messages SET parts = '{mine}'",
        "DELETE FROM public.conversations",
    ],
)
def test_who_takes_part_changes_nothing(database: Clone, group: Group, statement: str) -> None:
    """That is for the owner."""
    assert changed_by(database, group.participant, statement) == 0
    assert changed_by(database, group.stranger, statement) == 0
    assert changed_by(database, group.owner, statement) == 1


@pytest.mark.parametrize("role", ["participant", "stranger"])
def test_only_the_owner_adds_somebody(database: Clone, group: Group, role: str) -> None:
    """Whoever takes part cannot let others in, and a stranger cannot let themselves in."""
    person = getattr(group, role)
    with acting_as(database, person) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(JOIN, (group.owner, group.conversation, group.stranger))


def test_who_takes_part_may_leave(database: Clone, group: Group) -> None:
    """From then on they read nothing. A stranger removes nobody."""
    statement = "DELETE FROM public.conversation_participants"
    assert changed_by(database, group.stranger, statement) == 0
    assert changed_by(database, group.participant, statement) == 1
    assert seen_by(database, group.participant) == (0, 0, 0)


def test_a_conversation_with_one_person_has_no_participants(database: Clone, group: Group) -> None:
    """Not even by its owner, and a group with participants does not become one."""
    alone = uuid4()
    with database.admin() as conn:
        conn.execute(CONVERSATION, (group.owner, alone, "solo"))
    with acting_as(database, group.owner) as conn, pytest.raises(psycopg.errors.ForeignKeyViolation):
        conn.execute(JOIN, (group.owner, alone, group.participant))
    with acting_as(database, group.owner) as conn, pytest.raises(psycopg.errors.ForeignKeyViolation):
        conn.execute("UPDATE public.conversations SET mode = 'solo' WHERE mode = 'group'")


def test_an_account_leaves_with_its_person(database: Clone, group: Group) -> None:
    """Whoever takes part and deletes their account is gone. When the owner does, so is the conversation."""
    with database.admin() as conn:
        conn.execute("DELETE FROM auth.users WHERE id = %s", (group.participant,))
    left = seen_by(database, group.owner)
    with database.admin() as conn:
        conn.execute("DELETE FROM auth.users WHERE id = %s", (group.owner,))

    assert left == (1, 1, 0)
    assert database.rows("SELECT 1 FROM public.conversations") == []
