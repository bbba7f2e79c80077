"""Runs a command as of other dates: the clock of every process that it starts is moved (shared/clock.py).

python tests/tools/as_of.py MOMENT[,MOMENT...] COMMAND...

A MOMENT is written as in 2035-12-31T23:30Z, or is `random`: one of the ten years to come, the same for a whole day;
or `special`: all of `SPECIAL`; or `in-turn`: another each day of those and a random one. It ends with the first date
on which the command fails, and with its status.
A moment that has passed is refused: the database keeps the true time, in which everything would lie in the future.
"""

import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

YEARS = timedelta(days=3653)
# A Monday that begins a year, the night of a change to summer time, a turn of the year, and the end of a leap day.
SPECIAL = ("2035-01-01T12:00Z", "2035-03-25T00:50Z", "2035-12-31T23:30Z", "2036-02-29T23:30Z")


def moment(text: str, now: datetime) -> datetime:
    if text == "random":
        today = datetime(now.year, now.month, now.day, tzinfo=UTC)
        return today + timedelta(days=1) + random.Random(today.toordinal()).random() * YEARS  # noqa: S311 - no secret
    if text == "in-turn":
        turns = (*SPECIAL, "random")
        return moment(turns[now.toordinal() % len(turns)], now)
    at = datetime.fromisoformat(text)
    at = at.replace(tzinfo=at.tzinfo or UTC)
    if at < now:
        sys.exit(f"{text} has passed. Choose a later moment.")
    return at


def main(moments: str, command: list[str]) -> int:
    for text in moments.replace("special", ",".join(SPECIAL)).split(","):
        now = datetime.now(UTC)  # noqa: TID251 - what the offset is counted from
        at = moment(text, now)
        print(f"As of {at:%Y-%m-%dT%H:%MZ}:", flush=True)  # noqa: T201 - for whoever repeats it
        offset = {"CLOCK_OFFSET": str(round((at - now).total_seconds()))}
        status = subprocess.call(command, env={**os.environ, **offset})  # noqa: TID251 - handed on
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
