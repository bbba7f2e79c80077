"""Several mail providers: what one of them did not take goes to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.notify.channels.ports import NO_RECORD, Mail, MailChannel, Outcome, Push, Record


@dataclass(frozen=True)
class _BeforeTheLast:
    """The record of a provider after which there is another one: `later` settles nothing."""

    record: Record

    async def hand_over(self, message: Push | Mail, /) -> None:
        await self.record.hand_over(message)

    async def settle(self, message: Push | Mail, outcome: Outcome, /) -> None:
        if outcome.state != "later":
            await self.record.settle(message, outcome)


class FailOverMail:
    """Sends by the first provider that works. What a provider may have got, or has refused, is not sent again."""

    def __init__(self, providers: Sequence[MailChannel]) -> None:
        self.providers = providers

    async def send(self, mails: Sequence[Mail], record: Record = NO_RECORD, /) -> list[Outcome]:
        outcomes = dict.fromkeys(range(len(mails)), Outcome("later"))
        for provider in self.providers:
            left = [number for number, outcome in outcomes.items() if outcome.state == "later"]
            own_record = record if provider is self.providers[-1] else _BeforeTheLast(record)
            answers = await provider.send([mails[number] for number in left], own_record)
            outcomes |= zip(left, answers, strict=True)
        return list(outcomes.values())
