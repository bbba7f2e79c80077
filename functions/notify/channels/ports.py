"""The messages that channels send, and the outcome of sending one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

State = Literal["sent", "gone", "failed", "later", "unknown"]


class Outcome(NamedTuple):
    """`sent`: the provider has it. `gone`: the token belongs to no device any more. `failed`: refused for good.

    `later`: nothing was sent, and a later attempt may succeed. `unknown`: it was handed over and no response was
    seen; to repeat it might reach a person twice.
    """

    state: State
    why: str = ""  # a short reason for support; never what was sent, or to whom


SENT = Outcome("sent")


@dataclass(frozen=True, slots=True)
class Push:
    token: str
    key: str  # on the device, a newer push replaces an older one of the same key; at most 64 bytes
    title: str
    body: str
    link: str  # where a tap leads
    until: datetime  # it is not shown later than this


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    key: str
    subject: str
    text: str
    html: str
    unsubscribe: str | None  # None where there is nothing to unsubscribe from


class PushChannel(Protocol):
    async def send(self, pushes: Sequence[Push], /) -> list[Outcome]:
        """One outcome for each, in their order, within 30 seconds. The provider's errors are outcomes too."""


class MailChannel(Protocol):
    async def send(self, mails: Sequence[Mail], /) -> list[Outcome]:
        """As for pushes; no outcome is `gone`."""
