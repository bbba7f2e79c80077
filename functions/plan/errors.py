"""What a plan can be refused for."""

from collections.abc import Sequence

from shared.errors import Conflict, Fault, Invalid, NotFound


class PlanActive(Conflict):
    """There is an active plan already. Pause it or end it first."""

    code = "plan_active"


class PlanEnded(Conflict):
    """This plan has ended."""

    code = "plan_ended"


class NotAhead(Conflict):
    """This activity no longer lies ahead."""

    code = "activity_not_ahead"


class Replaced(Conflict):
    """Another activity took the place of this one."""

    code = "activity_replaced"


class NothingElse(Conflict):
    """There is nothing else for this place."""

    code = "nothing_else"


class NothingToday(NotFound):
    """No plan has anything for today."""

    code = "nothing_today"


class OutOfReach(Invalid):
    """The way to this target is too far for these days."""

    code = "out_of_reach"


def refused(*faults: tuple[str, str]) -> Invalid:
    return Invalid(faults=in_body(faults))


def in_body(faults: Sequence[tuple[str, str]]) -> list[Fault]:
    return [Fault(("body", field), msg) for field, msg in faults]
