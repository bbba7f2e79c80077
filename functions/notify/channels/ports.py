"""Pushes, mails, the channels that send them, and the outcome of sending one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

OutcomeState = Literal["sent", "gone", "failed", "later", "unknown"]


class Outcome(NamedTuple):
    """`sent`: the provider accepted it. `gone`: the token belongs to no device any more. `failed`: refused for good.

    `later`: nothing was sent, and a later attempt may succeed. `unknown`: the provider got the request but its response
    is missing, so another attempt might reach the person twice.
    """

    state: OutcomeState
    reason: str = ""  # a few words for support; never a text, a token or an address


SENT = Outcome("sent")


@dataclass(frozen=True, slots=True)
class Push:
    token: str
    key: str  # a newer push replaces an older one of the same key on the device; at most 64 bytes
    title: str
    body: str
    link: str  # what a tap opens
    expires_at: datetime  # the device does not show it later


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    key: str
    subject: str
    text: str
    html: str
    unsubscribe: str | None  # None for mail about the account


class LeaseExpired(Exception):
    """The message must not be sent: another sender may have leased it since."""


class Record(Protocol):
    """What a channel reports about each message while it sends several."""

    async def hand_over(self, message: Push | Mail, /) -> None:
        """Awaited before the provider gets the message. Raises `LeaseExpired`."""

    async def settle(self, message: Push | Mail, outcome: Outcome, /) -> None:
        """Awaited as soon as the outcome of the message is known."""


class NoRecord:
    """Stores nothing, for messages that have no row."""

    async def hand_over(self, message: Push | Mail, /) -> None: ...

    async def settle(self, message: Push | Mail, outcome: Outcome, /) -> None: ...


NO_RECORD: Record = NoRecord()


class PushChannel(Protocol):
    async def send(self, pushes: Sequence[Push], record: Record = NO_RECORD, /) -> list[Outcome]:
        """One outcome for each push, in their order, within 30 seconds. Raises only what the record does."""


class MailChannel(Protocol):
    async def send(self, mails: Sequence[Mail], record: Record = NO_RECORD, /) -> list[Outcome]:
        """The same for mails. No outcome is `gone`."""
