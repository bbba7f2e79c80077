"""`make bench`: Mend beside the least that the framework can do, in one run (docs/testing.md). Medians and ratios.

With `RATINGS=u.data` the collaborative part is measured on those ratings.
"""

import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from infra.bench import checkins, feeds, plans, world
from infra.bench.due import a_day, due
from infra.bench.fan_out import fan_out
from infra.bench.setting import Setting
from infra.evaluate import report
from infra.local.postgres import running
from shared.moods import MOODS


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mend-bench-") as folder, running(Path(folder)) as server:
        setting = Setting(server, Path(folder), world.build(server, list(MOODS)))
        for part in (checkins, feeds, plans):
            for bar in part.measured(setting):
                print(bar.line, flush=True)
        for bar in (*fan_out(), *due(server), *a_day(server)):
            print(bar.line, flush=True)
    report.main(Namespace(ratings=Path(sys.argv[1]) if sys.argv[1:] else None, seed=1, quick=False))


if __name__ == "__main__":
    main()
