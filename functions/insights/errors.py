"""The errors of `insights`."""

from shared.errors import Conflict, Invalid


class TooManyPoints(Invalid):
    """This granularity gives more than 400 points. Choose a coarser one, or `auto`."""

    code = "too_many_points"


class AliasOfAlias(Conflict):
    """A factor can only be counted as one that is not itself counted as another, and that is not the same."""

    code = "alias_of_alias"


class DayAhead(Invalid):
    """This day has not begun where you are."""

    code = "day_ahead"
