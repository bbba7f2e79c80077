"""The ledger of looks: how much of a person's error budget (alpha) each search for discoveries may spend. Pure.

Every look is a chance to be misled, so there is one after every 28 days with entries, and none in between. The first
two may spend hardly anything: so few days find an effect only by luck.
"""

from typing import NamedTuple

DAYS_A_LOOK = 28  # days with entries
FIRST_ALPHAS = (0.0005, 0.002, 0.055)
LATER_ALPHA = 0.005
LOOKS_A_YEAR = 13  # every further year the alpha is halved
MOST_ALPHA = 0.065  # for looks that are made up at once, as after an import

SAME_DAY, NEXT_DAY, OTHER = "same_day", "next_day", "other"
SHARES = {SAME_DAY: 0.70, NEXT_DAY: 0.15, OTHER: 0.15}  # of the alpha of a look


class Ledger(NamedTuple):
    """What is stored, exported and imported with the person."""

    looks: int = 0  # made, or made up for
    spent: float = 0.0  # the sum of their alphas

    def alpha_due(self, entry_days: int) -> float:
        """What a look may spend now: 0 before the next one is due.

        Looks that were missed, or that a history had before it was imported, are made up by one look.
        """
        return min(sum(map(alpha_of_look, range(self.looks, entry_days // DAYS_A_LOOK))), MOST_ALPHA)

    def after_look(self, entry_days: int) -> "Ledger":
        """The ledger after the look that was due. Without one due it stays as it is."""
        return Ledger(max(self.looks, entry_days // DAYS_A_LOOK), self.spent + self.alpha_due(entry_days))


def alpha_of_look(number: int) -> float:
    """The alpha of a look by its number, from 0."""
    if number < len(FIRST_ALPHAS):
        return FIRST_ALPHAS[number]
    return LATER_ALPHA * 0.5 ** (number // LOOKS_A_YEAR)
