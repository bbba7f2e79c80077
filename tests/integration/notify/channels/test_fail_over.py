"""Several mail providers: the next one takes what one before it did not take."""

import pytest
from pydantic import SecretStr

from functions.notify.channels.fail_over import FailOverMail
from functions.notify.channels.ports import SENT, Mail, Outcome, Push
from functions.notify.channels.resend import ResendMail
from functions.notify.channels.sendgrid import SendGridMail
from functions.notify.channels.ses import SesMail
from tests.integration.notify.channels.conftest import HASTY, QUICK, a_mail
from tests.integration.notify.channels.provider_server import Behaviour, Provider, ReceivedRequest, Reply

SENDER = "Mend <hello@mend.example>"
ROUTES = {"/emails": "resend", "/v3/mail/send": "sendgrid", "/v2/email/outbound-emails": "ses"}


class Recorded:
    """A record that keeps what is reported about each mail."""

    def __init__(self) -> None:
        self.handed_over: list[str] = []
        self.settled: list[tuple[str, str]] = []

    async def hand_over(self, message: Push | Mail, /) -> None:
        self.handed_over.append(message.key)

    async def settle(self, message: Push | Mail, outcome: Outcome, /) -> None:
        self.settled.append((message.key, outcome.state))


@pytest.fixture
def channel(provider: Provider) -> FailOverMail:
    key = SecretStr("id:secret")
    return FailOverMail(
        [
            ResendMail(key, SENDER, api=provider.url, limits=QUICK),
            SendGridMail(key, SENDER, api=provider.url, limits=QUICK),
            SesMail(key, "eu-central-1", SENDER, api=provider.url, limits=QUICK),
        ]
    )


def answer(provider: Provider, **behaviours: Behaviour) -> None:
    """Set what each provider answers; by default it accepts."""
    provider.answering = lambda request: behaviours.get(ROUTES[request.path], Reply())


def receivers(provider: Provider) -> list[str]:
    return [ROUTES[request.path] for request in provider.requests]


async def test_the_first_provider_gets_all_mails_while_it_works(provider: Provider, channel: FailOverMail) -> None:
    """The others get no request."""
    assert await channel.send([a_mail(1), a_mail(2)]) == [SENT, SENT]
    assert receivers(provider) == ["resend", "resend"]


@pytest.mark.parametrize("fault", [Reply(401), Reply(403), Reply(429), Reply(503)], ids=lambda fault: fault.status)
async def test_what_a_provider_does_not_take_goes_to_the_next(
    provider: Provider, channel: FailOverMail, fault: Reply
) -> None:
    """Each mail is settled once, with its last outcome."""
    answer(provider, resend=fault, sendgrid=fault)
    record = Recorded()

    assert await channel.send([a_mail()], record) == [SENT]
    assert list(dict.fromkeys(receivers(provider))) == ["resend", "sendgrid", "ses"]
    assert record.settled == [("key-1", "sent")]
    assert set(record.handed_over) == {"key-1"}


@pytest.mark.parametrize(
    ("behaviour", "state"), [(Reply(422), "failed"), ("reset", "unknown")], ids=["refused", "no response"]
)
async def test_a_mail_that_was_refused_or_may_have_been_sent_goes_to_no_other(
    provider: Provider, behaviour: Behaviour, state: str
) -> None:
    """It would reach the person twice, or be refused again."""
    key = SecretStr("key")
    first = SendGridMail(key, SENDER, api=provider.url, limits=HASTY)
    channel = FailOverMail([first, ResendMail(key, SENDER, api=provider.url, limits=QUICK)])
    answer(provider, sendgrid=behaviour)

    [outcome] = await channel.send([a_mail()])

    assert (outcome.state, receivers(provider)) == (state, ["sendgrid"])


async def test_only_the_mails_that_are_left_go_on(provider: Provider, channel: FailOverMail) -> None:
    """The outcomes have the order of the mails."""

    def answering(request: ReceivedRequest) -> Behaviour:
        return Reply(403) if request.document.get("to") == ["p2@example.org"] else Reply()

    provider.answering = answering

    assert await channel.send([a_mail(number) for number in (1, 2, 3)]) == [SENT] * 3
    assert sorted(receivers(provider)) == ["resend", "resend", "resend", "sendgrid"]


async def test_mails_that_nobody_takes_are_sent_later(provider: Provider, channel: FailOverMail) -> None:
    """The last provider tells why."""
    answer(provider, resend=Reply(401), sendgrid=Reply(401), ses=Reply(403))
    record = Recorded()

    assert await channel.send([a_mail()], record) == [Outcome("later", "status 403")]
    assert record.settled == [("key-1", "later")]
