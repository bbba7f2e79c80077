"""What an item needs of the place and the time: an open place, the day, light, the night, a season. Tags say it.

Seasons are those of the time zone: turned around in the south, and without winter in the tropics.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from shared.ranking.candidates import Candidate

Conditions: TypeAlias = frozenset[str]

OPEN_PLACE = "open-place"
DAYTIME = "daytime"  # the day, or other people who are awake
NIGHT = "night"
DUSK = "dusk"  # when the sun may be seen to set
WARM_SEASON = "warm-season"  # a bare foot on grass, a meal outside
GROWING_SEASON = "growing-season"  # leaves, insects, garden work
DAYLIGHT = "daylight"  # not a tag: what lives out of doors needs it, unless it belongs to the evening

OPEN_HOURS = range(10, 17)  # local; libraries, shops and post offices of most countries are open then
SUNDAY = 6
DAYTIME_HOURS = range(7, 21)
NIGHT_HOURS = frozenset({22, 23, 0, 1, 2, 3, 4, 5})
LIGHT_HOURS = range(7, 19)
SHORT_LIGHT_HOURS = range(8, 17)
DUSK_HOURS = range(17, 22)
EARLY_DUSK_HOURS = range(15, 18)
HALF_A_YEAR = 6  # months
DARK_MONTHS = frozenset({11, 12, 1, 2})  # here and below as in the north
WARM_MONTHS = range(5, 10)
GROWING_MONTHS = range(4, 11)


def unmet_conditions(local: datetime) -> Conditions:
    """What an item must not need at this moment. The local time has its `ZoneInfo`."""
    light, dusk, warm, growing = LIGHT_HOURS, DUSK_HOURS, True, True
    if (month := _northern_month(local)) is not None:
        light, dusk = (SHORT_LIGHT_HOURS, EARLY_DUSK_HOURS) if month in DARK_MONTHS else (LIGHT_HOURS, DUSK_HOURS)
        warm, growing = month in WARM_MONTHS, month in GROWING_MONTHS
    met = {
        OPEN_PLACE: places_are_open(local),
        DAYTIME: local.hour in DAYTIME_HOURS,
        NIGHT: local.hour in NIGHT_HOURS,
        DUSK: local.hour in dusk,
        DAYLIGHT: local.hour in light,
        WARM_SEASON: warm,
        GROWING_SEASON: growing,
    }
    return frozenset(condition for condition, is_met in met.items() if not is_met)


def is_possible(content: Candidate, unmet: Conditions) -> bool:
    return unmet.isdisjoint(content.tags) and not (DAYLIGHT in unmet and _needs_daylight(content))


def places_are_open(local: datetime) -> bool:
    """Whether a library or a shop is likely to be open at this local time."""
    return local.hour in OPEN_HOURS and local.weekday() != SUNDAY


def _needs_daylight(content: Candidate) -> bool:
    """Plants and animals out of doors. Stars have the tag `evening`, sunsets `dusk`."""
    return content.kind == "nature" and "outdoors" in content.tags and {"evening", DUSK}.isdisjoint(content.tags)


def _northern_month(local: datetime) -> int | None:
    """The month in the north with the same season, or None in the tropics."""
    name = local.tzinfo.key if isinstance(local.tzinfo, ZoneInfo) else ""
    if name in _zones()["tropics"]:
        return None
    return (local.month + HALF_A_YEAR - 1) % 12 + 1 if name in _zones()["south"] else local.month


@cache
def _zones() -> Mapping[str, frozenset[str]]:
    """The time zones south of the tropics and within them, by the latitudes in the zone.tab of tz."""
    zones = json.loads(Path(__file__).with_name("zones.json").read_bytes())
    return {part: frozenset(names) for part, names in zones.items()}
