"""`make soak`: long trials by name, all or those named. Ends with 1 where one of them failed."""

import sys

from infra.soak import signals

TRIALS = {"signals": signals.run}


def main() -> None:
    names = sys.argv[1:] or list(TRIALS)
    sys.exit(0 if all([TRIALS[name]() for name in names]) else 1)


if __name__ == "__main__":
    main()
