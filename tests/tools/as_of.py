"""Runs a command as of another date: every process that it starts has its clock moved as far (shared/clock.py).

python tests/tools/as_of.py MOMENT COMMAND...
"""

import os
import sys
from datetime import UTC, datetime


def offset(moment: datetime) -> int:
    """The seconds from the machine's time to that moment."""
    return round((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


if __name__ == "__main__":
    environ = {**os.environ, "CLOCK_OFFSET": str(offset(datetime.fromisoformat(sys.argv[1])))}  # noqa: TID251 - handed on
    os.execvpe(sys.argv[2], sys.argv[2:], environ)  # noqa: S606 - the command is the caller's
