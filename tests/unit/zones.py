"""The zones of the world, one name for each set of rules: its other names see the same nights."""

from importlib.resources import files
from zoneinfo import available_timezones

RULES = files("tzdata") / "zoneinfo"
NAMES = sorted(
    {
        RULES.joinpath(*name.split("/")).read_bytes(): name for name in sorted(available_timezones() - {"Factory"})
    }.values()
)
