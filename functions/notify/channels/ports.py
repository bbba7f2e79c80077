"""What leaves the house, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

State = Literal["sent", "gone", "failed", "later", "unknown"]


class Outcome(NamedTuple):
    """`sent`: the provider has it. `gone`: nobody is behind this token any more. `failed`: refused for good.

    `later`: nothing was sent, and a later attempt may succeed. `unknown`: it was handed over and no answer was seen,
    so that to repeat it might tell a person twice.
    """

    state: State
    why: str = ""  # a word for support; never what was sent, or to whom


SENT = Outcome("sent")


@dataclass(frozen=True, slots=True)
class Push:
    token: str
    key: str  # of two with one key the newer replaces the older on the device; at most 64 bytes
    title: str
    body: str
    link: str  # where a tap leads
    until: datetime  # later than this it is not shown


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
        """One outcome for each, in their order, within half a minute; a provider's trouble raises nothing."""


class MailChannel(Protocol):
    async def send(self, mails: Sequence[Mail], /) -> list[Outcome]:
        """As for pushes; nothing is ever `gone`."""
