"""`make soak`: long trials by name, all or those named. Ends with 1 where one of them failed."""

import sys

from infra.soak import signals

TRIALS = {"signals": signals.run}


def main() -> None:
    names = sys.argv[1:] or list(TRIALS)
    failed = [name for name in names if not TRIALS[name]()]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
