"""All SQL of `account`. It runs as the person."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, LiteralString, NamedTuple, cast

from psycopg.types.json import Jsonb
from pydantic_core import to_json

from functions.account.models import Profile, SafetyPlan
from shared.ages import AgeBand
from shared.db import Connection

PROFILE: LiteralString = """
    SELECT display_name, timezone, locale, country, to_char(day_starts_at, 'HH24:MI') AS day_starts_at,
           streaks_enabled, interests, avoid, age_band, companion_remembers,
           preferences, constraints, past_destinations, wishlist_regions
    FROM public.user_profiles
    WHERE user_id = mend.uid()
"""

# Stores the whole profile. It inserts a row if the person has none yet.
STORE_PROFILE: LiteralString = """
    INSERT INTO public.user_profiles AS p
        (user_id, display_name, timezone, locale, country, day_starts_at, streaks_enabled, interests, avoid, age_band,
         companion_remembers, preferences, constraints, past_destinations, wishlist_regions)
    VALUES (mend.uid(), %(display_name)s, %(timezone)s, %(locale)s, %(country)s, %(day_starts_at)s::time,
            %(streaks_enabled)s, %(interests)s, %(avoid)s, %(age_band)s, %(companion_remembers)s,
            %(preferences)s, %(constraints)s, %(past_destinations)s, %(wishlist_regions)s)
    ON CONFLICT (user_id) DO UPDATE
        SET display_name = excluded.display_name, timezone = excluded.timezone, locale = excluded.locale,
            country = excluded.country, day_starts_at = excluded.day_starts_at,
            streaks_enabled = excluded.streaks_enabled, interests = excluded.interests, avoid = excluded.avoid,
            age_band = excluded.age_band, companion_remembers = excluded.companion_remembers,
            preferences = excluded.preferences, constraints = excluded.constraints,
            past_destinations = excluded.past_destinations, wishlist_regions = excluded.wishlist_regions,
            updated_at = now()
"""

TAGS: LiteralString = "SELECT DISTINCT unnest(tags) FROM public.content WHERE deleted_at IS NULL"

# The safety plan, and what its page and an offer of support need of the profile.
SAFETY_PLAN: LiteralString = """
    SELECT s.contents, s.updated_at, p.country, coalesce(p.locale, 'en') AS locale,
           coalesce(p.timezone, 'UTC') AS timezone, mend.counted_age_band(me.user_id) AS age_band
    FROM (SELECT mend.uid() AS user_id) AS me
    LEFT JOIN public.safety_plans AS s USING (user_id)
    LEFT JOIN public.user_profiles AS p USING (user_id)
"""

AGE_BAND: LiteralString = "SELECT mend.counted_age_band(mend.uid())"

STORE_SAFETY_PLAN: LiteralString = """
    INSERT INTO public.safety_plans (user_id, contents, updated_at)
    VALUES (mend.uid(), %(contents)s, %(now)s)
    ON CONFLICT (user_id) DO UPDATE SET contents = excluded.contents, updated_at = excluded.updated_at
"""

DELETE_SAFETY_PLAN: LiteralString = "DELETE FROM public.safety_plans WHERE user_id = mend.uid()"

REPORT_HARM: LiteralString = "SELECT mend.report_harm(%(words)s, %(grade)s, %(limit_a_day)s, %(now)s)"
DELETE_HARM_REPORTS: LiteralString = "DELETE FROM mend.harm_reports WHERE user_id = mend.uid()"


class SafetyPlanRow(NamedTuple):
    """A person's plan, or None, beside a part of their profile."""

    contents: dict[str, Any] | None
    updated_at: datetime | None
    country: str | None
    locale: str
    timezone: str
    age_band: AgeBand | None

    @property
    def plan(self) -> SafetyPlan | None:
        if self.contents is None or self.updated_at is None:
            return None
        return SafetyPlan(**self.contents, updated_at=self.updated_at.astimezone(UTC))


async def load_profile(conn: Connection) -> Profile | None:
    return (await conn.run(PROFILE, None, Profile)).first


async def load_age_band(conn: Connection) -> AgeBand | None:
    """The younger of what the profile and an app store say."""
    [(age_band,)] = (await conn.run(AGE_BAND)).rows
    return cast("AgeBand | None", age_band)


def store_profile(conn: Connection, profile: Mapping[str, object]) -> None:
    conn.queue(STORE_PROFILE, profile)


async def load_tags(conn: Connection) -> list[str]:
    """The tags of the catalogue."""
    return [tag for (tag,) in (await conn.run(TAGS)).rows]


async def load_safety_plan(conn: Connection) -> SafetyPlanRow:
    [row] = (await conn.run(SAFETY_PLAN, None, SafetyPlanRow)).rows
    return row


def store_safety_plan(conn: Connection, contents: Mapping[str, object], now: datetime) -> None:
    conn.queue(STORE_SAFETY_PLAN, {"contents": Jsonb(contents, to_json), "now": now})


def delete_safety_plan(conn: Connection) -> None:
    conn.queue(DELETE_SAFETY_PLAN)


async def report_harm(conn: Connection, words: str, grade: str | None, limit_a_day: int, now: datetime) -> bool:
    """Store a report. False if the person has sent as many within a day already."""
    params = {"words": words, "grade": grade, "limit_a_day": limit_a_day, "now": now}
    [(stored,)] = (await conn.run(REPORT_HARM, params)).rows
    return bool(stored)


def delete_harm_reports(conn: Connection) -> None:
    conn.queue(DELETE_HARM_REPORTS)
