"""The kinds of messages, and what differs between them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple


class Kind(NamedTuple):
    rank: int  # where several fall together the least one leads
    outward: Literal["push", "email"]  # beside the inbox
    days_of_use: int  # after which nobody wants to hear of it
    link: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "account": Kind(0, "email", 7, "mend://account"),
        "plan": Kind(1, "push", 1, "mend://plan"),
        "check_in": Kind(2, "push", 1, "mend://check-in"),
        "insight": Kind(3, "push", 2, "mend://insights"),
        "streak": Kind(4, "push", 1, "mend://streak"),
        "weekly_summary": Kind(5, "email", 2, "mend://summary"),
    }
)
INBOX = "mend://inbox"
