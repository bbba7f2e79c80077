"""What the account asks of Postgres, as the person."""

from collections.abc import Mapping
from typing import LiteralString

from functions.account.models import Profile
from shared.db import Connection

PROFILE: LiteralString = """
    SELECT display_name, timezone, locale, country, to_char(day_starts_at, 'HH24:MI') AS day_starts_at,
           streaks_enabled, interests, avoid
    FROM public.user_profiles
    WHERE user_id = mend.uid()
"""

# A profile that is not there yet is one of defaults. What the caller left out keeps its value.
CHANGE: LiteralString = """
    INSERT INTO public.user_profiles AS p
        (user_id, display_name, timezone, locale, country, day_starts_at, streaks_enabled, interests, avoid)
    VALUES (mend.uid(), %(display_name)s, %(timezone)s, %(locale)s, %(country)s, %(day_starts_at)s::time,
            %(streaks_enabled)s, %(interests)s, %(avoid)s)
    ON CONFLICT (user_id) DO UPDATE
        SET display_name = excluded.display_name, timezone = excluded.timezone, locale = excluded.locale,
            country = excluded.country, day_starts_at = excluded.day_starts_at,
            streaks_enabled = excluded.streaks_enabled, interests = excluded.interests, avoid = excluded.avoid,
            updated_at = now()
"""


async def profile(conn: Connection) -> Profile:
    return (await conn.run(PROFILE, None, Profile)).first or Profile()


def change(conn: Connection, profile: Mapping[str, object]) -> None:
    conn.queue(CHANGE, profile)
