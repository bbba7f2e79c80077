"""The errors of `insights`."""

from shared.errors import Conflict, Invalid


class TooManyPoints(Invalid):
    """This granularity gives more than 400 points. Choose a coarser one, or `auto`."""

    code = "too_many_points"


class AliasOfAlias(Conflict):
    """A factor can only be counted as one that is not itself counted as another, and that is not the same."""

    code = "alias_of_alias"


class FactorsFull(Conflict):
    """You can hide or merge 300 factors. Undo that for another one first."""

    code = "factors_full"


class InsightOver(Conflict):
    """This insight has ended or was replaced, so its status stays."""

    code = "insight_over"


class ExperimentRunning(Conflict):
    """There is a running experiment already. One at a time can tell something: stop it first."""

    code = "experiment_running"


class ExperimentOver(Conflict):
    """This experiment is over."""

    code = "experiment_over"


class NothingDrawnToday(Conflict):
    """The experiment has no draw for today."""

    code = "nothing_drawn_today"


class ExperimentRefused(Invalid):
    """No experiment may be about this, because it could do harm or cannot be chosen."""

    code = "experiment_refused"


class UnknownFactor(Invalid):
    """None of your entries has this factor."""

    code = "unknown_factor"


class QuietPeriod(Conflict):
    """No experiment can be started in a quiet period."""

    code = "quiet_period"
