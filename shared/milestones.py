"""The days of a streak that are celebrated."""

MILESTONES = frozenset({3, 7, 14, 30, 50, 100, 200, 365, 500, 730, 1000})
