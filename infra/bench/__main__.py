"""`make bench`: measures Mend beside a minimal function in one run, and prints medians and ratios (docs/testing.md).

`RATINGS=u.data` measures collaborative ranking on those ratings.
"""

import sys
import tempfile
from argparse import Namespace
from itertools import chain
from pathlib import Path

from infra.bench import checkins, costs, dataset, feeds, insight_reads, plans, replies
from infra.bench.archives import measure_archives
from infra.bench.fan_out import measure_fan_out
from infra.bench.insight_nights import measure_nights
from infra.bench.neighbours import measure_neighbours
from infra.bench.reminder_ticks import measure_day, measure_due_query, measure_pushes
from infra.bench.stalls import measure_stalls
from infra.bench.workbench import Workbench
from infra.evaluate import report
from infra.local.postgres import running
from shared.moods import MOODS


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mend-bench-") as folder, running(Path(folder)) as server:
        bench = Workbench(server, Path(folder), dataset.build(server, list(MOODS)))
        for part in (checkins, costs, insight_reads, feeds, plans, replies):
            for bar in part.measure(bench):
                print(bar.line, flush=True)
        bars = chain(
            measure_stalls(server),
            measure_neighbours(server),
            measure_fan_out(),
            measure_pushes(server),
            measure_due_query(server),
            measure_day(server),
            measure_nights(server),
            measure_archives(server),
        )
        for bar in bars:
            print(bar.line, flush=True)
    report.main(Namespace(ratings=Path(sys.argv[1]) if sys.argv[1:] else None, seed=1, quick=False))


if __name__ == "__main__":
    main()
