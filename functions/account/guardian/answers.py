"""What an answer of a parent or guardian makes of a question. No answer twice, and none to what is over."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

ANSWERED_WITHIN = timedelta(days=7)

Answer: TypeAlias = Literal["allow", "refuse"]
State: TypeAlias = Literal["asked", "allowed", "refused", "withdrawn", "ended"]
ShownState: TypeAlias = Literal["asked", "allowed", "refused", "withdrawn", "expired"]

NEXT: Mapping[tuple[ShownState, Answer], State] = MappingProxyType(
    {
        ("asked", "allow"): "allowed",
        ("asked", "refuse"): "refused",
        ("allowed", "refuse"): "withdrawn",
    }
)


def shown_state(state: State | None, asked_at: datetime | None, now: datetime) -> ShownState | None:
    """The state as it is shown: a question without an answer expires, and what the person has ended is none."""
    if state is None or asked_at is None or state == "ended":
        return None
    if state == "asked" and now - asked_at >= ANSWERED_WITHIN:
        return "expired"
    return state
