"""The SQL of disclosure. It runs as the person, whose id is `mend.uid()`."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from functions.companion.rules.ages import PersonAge
from functions.companion.rules.disclosure import ConversationUse
from shared.db import Connection

HAS_CONVERSATIONS: LiteralString = "SELECT EXISTS (SELECT FROM public.conversations WHERE user_id = mend.uid())"
USE: LiteralString = """
    SELECT disclosed_at, used_since, changed_at AS used_at FROM public.conversations
    WHERE user_id = mend.uid() AND id = %(id)s
"""
RECORD_USE: LiteralString = """
    UPDATE public.conversations SET used_since = %(used_since)s, disclosed_at = %(disclosed_at)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""
AGE: LiteralString = "SELECT age_band AS band, country FROM public.user_profiles WHERE user_id = mend.uid()"
SWITCHED_OFF: LiteralString = "SELECT mend.switched_off(%(names)s)"


async def has_conversations(conn: Connection) -> bool:
    [(has_some,)] = (await conn.run(HAS_CONVERSATIONS, {})).rows
    return bool(has_some)


async def load_use(conn: Connection, id_: UUID) -> ConversationUse:
    [use] = (await conn.run(USE, {"id": id_}, ConversationUse)).rows
    return use


def record_use(conn: Connection, id_: UUID, used_since: datetime, disclosed_at: datetime | None) -> None:
    conn.queue(RECORD_USE, {"id": id_, "used_since": used_since, "disclosed_at": disclosed_at})


async def load_age(conn: Connection) -> PersonAge:
    return (await conn.run(AGE, {}, PersonAge)).first or PersonAge(None, None)


async def load_switched_off(conn: Connection, names: Sequence[str]) -> set[str]:
    """Those of the names that an operator has switched off."""
    return {name for (name,) in (await conn.run(SWITCHED_OFF, {"names": list(names)})).rows}
