"""The errors of `plan`."""

from collections.abc import Sequence

from shared.errors import Conflict, Fault, Invalid, NotFound


class PlanActive(Conflict):
    """There is an active plan already. Pause it or end it first."""

    code = "plan_active"


class PlanEnded(Conflict):
    """This plan has ended."""

    code = "plan_ended"


class ActivityNotPlanned(Conflict):
    """Only an activity that is still planned can be swapped."""

    code = "activity_not_planned"


class ActivityReplaced(Conflict):
    """Another activity has replaced this one."""

    code = "activity_replaced"


class NoActivityFits(Conflict):
    """The catalogue has no other activity that fits."""

    code = "no_activity_fits"


class NothingToday(NotFound):
    """No active plan has a day today."""

    code = "nothing_today"


class NotStarted(NothingToday):
    """Your plan has not started yet."""

    code = "plan_not_started"


class PlanPaused(NothingToday):
    """Your plan rests."""

    code = "plan_paused"


class OutOfReach(Invalid):
    """The target is too far for this number of days."""

    code = "out_of_reach"


def invalid_fields(*faults: tuple[str, str]) -> Invalid:
    """The error for faults in the body, each a field and a message."""
    return Invalid(faults=body_faults(faults))


def body_faults(faults: Sequence[tuple[str, str]]) -> list[Fault]:
    return [Fault(("body", field), message) for field, message in faults]
