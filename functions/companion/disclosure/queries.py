"""The SQL of disclosure. It runs as the person, whose id is `mend.uid()`."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from functions.companion.rules.disclosure import ConversationUse
from shared.ages import PersonAge
from shared.db import Connection

HAS_CONVERSATIONS: LiteralString = "SELECT EXISTS (SELECT FROM public.conversations WHERE user_id = mend.uid())"
USE: LiteralString = """
    SELECT c.disclosed_at, c.used_since, c.changed_at, mend.counted_age_band(c.user_id), p.country
    FROM public.conversations AS c LEFT JOIN public.user_profiles AS p USING (user_id)
    WHERE c.user_id = mend.uid() AND c.id = %(id)s
"""
RECORD_USE: LiteralString = """
    UPDATE public.conversations SET used_since = %(used_since)s, disclosed_at = %(disclosed_at)s
    WHERE user_id = mend.uid() AND id = %(id)s
"""
AGE: LiteralString = """
    SELECT mend.counted_age_band(me.user_id) AS band, p.country,
           coalesce(g.state = 'allowed', false) AS guardian_allows
    FROM (SELECT mend.uid() AS user_id) AS me
    LEFT JOIN public.user_profiles AS p USING (user_id)
    LEFT JOIN mend.guardians AS g USING (user_id)
"""
SWITCHED_OFF: LiteralString = "SELECT mend.switched_off(%(names)s)"
AGE_AND_SWITCHES: LiteralString = """
    SELECT mend.counted_age_band(me.user_id), p.country, coalesce(g.state = 'allowed', false),
           ARRAY(SELECT mend.switched_off(%(names)s))
    FROM (SELECT mend.uid() AS user_id) AS me
    LEFT JOIN public.user_profiles AS p USING (user_id)
    LEFT JOIN mend.guardians AS g USING (user_id)
"""


async def has_conversations(conn: Connection) -> bool:
    [(has_some,)] = (await conn.run(HAS_CONVERSATIONS, {})).rows
    return bool(has_some)


async def load_use(conn: Connection, id_: UUID) -> tuple[ConversationUse, PersonAge]:
    """How a conversation is used, and the age of its person."""
    [(disclosed_at, used_since, used_at, *age)] = (await conn.run(USE, {"id": id_})).rows
    return ConversationUse(disclosed_at, used_since, used_at), PersonAge(*age)


def record_use(conn: Connection, id_: UUID, used_since: datetime, disclosed_at: datetime | None) -> None:
    conn.queue(RECORD_USE, {"id": id_, "used_since": used_since, "disclosed_at": disclosed_at})


async def load_age(conn: Connection) -> PersonAge:
    [age] = (await conn.run(AGE, {}, PersonAge)).rows
    return age


async def load_age_and_switches(conn: Connection, names: Sequence[str]) -> tuple[PersonAge, set[str]]:
    """The age of the person, and those of the names that an operator has switched off."""
    [(*age, switched_off)] = (await conn.run(AGE_AND_SWITCHES, {"names": list(names)})).rows
    return PersonAge(*age), {*switched_off}


async def load_switched_off(conn: Connection, names: Sequence[str]) -> set[str]:
    """Those of the names that an operator has switched off."""
    return {name for (name,) in (await conn.run(SWITCHED_OFF, {"names": list(names)})).rows}
