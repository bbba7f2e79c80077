"""Mail by SendGrid and Resend, with a local server that answers as they document it or fails like a network."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from functions.notify.channels.ports import SENT, MailChannel, Outcome
from functions.notify.channels.resend import ResendMail
from functions.notify.channels.sendgrid import SendGridMail
from shared.outbound.messages import Limits
from tests.integration.notify.channels.conftest import HASTY, QUICK, a_mail
from tests.integration.notify.channels.provider_server import Behaviour, Provider, ReceivedRequest, Reply, in_turn

KEY = SecretStr("a-key")
SENDER = "Mend <hello@mend.example>"
ACCEPTED = Reply(202)
IN_PROGRESS = Reply(409, {"statusCode": 409, "name": "concurrent_idempotent_requests", "message": "In progress"})

MakeChannel = Callable[..., MailChannel]


def sendgrid(provider: Provider, limits: Limits = QUICK) -> SendGridMail:
    return SendGridMail(KEY, SENDER, api=provider.url, limits=limits)


def resend(provider: Provider, limits: Limits = QUICK) -> ResendMail:
    return ResendMail(KEY, SENDER, api=provider.url, limits=limits)


both_providers = pytest.mark.parametrize("make_channel", [sendgrid, resend])


async def test_a_sendgrid_mail_has_the_documented_format(provider: Provider) -> None:
    """The plain text comes first, tracking is off, and there are headers to unsubscribe."""
    provider.answering = lambda _: ACCEPTED

    assert await sendgrid(provider).send([a_mail()]) == [SENT]
    [request] = provider.requests
    assert request.path == "/v3/mail/send"
    assert request.headers["authorization"] == "Bearer a-key"
    assert request.document == {
        "from": {"email": "hello@mend.example", "name": "Mend"},
        "personalizations": [{"to": [{"email": "p1@example.org"}]}],
        "subject": "Your week",
        "content": [
            {"type": "text/plain", "value": "It is ready."},
            {"type": "text/html", "value": "<p>Ready</p>"},
        ],
        "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
        "headers": unsubscribe_headers(),
    }


async def test_a_resend_mail_has_the_documented_format(provider: Provider) -> None:
    """It has an idempotency key and headers to unsubscribe."""
    provider.answering = lambda _: Reply(200, {"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"})

    assert await resend(provider).send([a_mail()]) == [SENT]
    [request] = provider.requests
    assert request.path == "/emails"
    assert (request.headers["authorization"], request.headers["idempotency-key"]) == ("Bearer a-key", "key-1")
    assert request.headers["user-agent"]
    assert request.document == {
        "from": SENDER,
        "to": ["p1@example.org"],
        "subject": "Your week",
        "text": "It is ready.",
        "html": "<p>Ready</p>",
        "headers": unsubscribe_headers(),
    }


@both_providers
async def test_account_mail_has_no_unsubscribe_headers(provider: Provider, make_channel: MakeChannel) -> None:
    """Account mail cannot be switched off."""
    await make_channel(provider).send([a_mail(unsubscribe=None)])

    assert not provider.requests[0].document.get("headers")


@both_providers
@pytest.mark.parametrize(
    ("status", "state"),
    [(400, "failed"), (413, "failed"), (422, "failed"), (401, "later"), (403, "later")],
)
async def test_a_refusal_has_an_outcome(provider: Provider, make_channel: MakeChannel, status: int, state: str) -> None:
    """Errors of our key or sender are `later`. Errors of the mail itself are `failed`."""
    provider.answering = lambda _: Reply(status)

    assert await make_channel(provider).send([a_mail()]) == [Outcome(state, f"status {status}")]  # type: ignore[arg-type]
    assert len(provider.requests) == 1


@both_providers
async def test_retry_after_is_respected(provider: Provider, make_channel: MakeChannel) -> None:
    """The next attempt comes after the pause."""
    provider.answering = in_turn(Reply(429, {}, {"Retry-After": "1"}), ACCEPTED)

    assert await make_channel(provider).send([a_mail()]) == [SENT]
    assert provider.gaps()[0] > 1


@both_providers
async def test_a_provider_that_stays_busy_gives_the_outcome_later(
    provider: Provider, make_channel: MakeChannel
) -> None:
    """These statuses say that nothing was sent."""
    provider.answering = in_turn(Reply(500), Reply(503))

    assert await make_channel(provider).send([a_mail()]) == [Outcome("later", "status 503")]
    assert len(provider.requests) == QUICK.tries


async def test_sendgrid_is_not_retried_after_a_lost_response(provider: Provider) -> None:
    """SendGrid has no idempotency key, so another attempt might send a second mail."""
    provider.answering = in_turn("reset", ACCEPTED)

    [outcome] = await sendgrid(provider).send([a_mail()])
    assert (outcome.state, len(provider.requests)) == ("unknown", 1)


@pytest.mark.parametrize("failure", ["reset", Reply(502), IN_PROGRESS], ids=["reset", "gateway", "in-progress"])
async def test_resend_is_retried_with_the_same_key(provider: Provider, failure: Behaviour) -> None:
    """Resend recognises the key and sends the mail once."""
    provider.answering = in_turn(failure, Reply())

    assert await resend(provider).send([a_mail()]) == [SENT]
    assert [(request.headers["idempotency-key"], request.document) for request in provider.requests] == [
        ("key-1", provider.requests[0].document)
    ] * 2


@pytest.mark.parametrize("status", [503, 401, 422])
async def test_a_refused_retry_leaves_the_outcome_unknown(provider: Provider, status: int) -> None:
    """The first request may have sent the mail although the second one is refused."""
    provider.answering = in_turn("reset", Reply(status))

    assert await resend(provider).send([a_mail()]) == [Outcome("unknown", f"status {status}")]


@both_providers
async def test_a_request_without_response_times_out(provider: Provider, make_channel: MakeChannel) -> None:
    """The mail may have been sent, so the outcome is `unknown`."""
    provider.answering = lambda _: "silence"

    [outcome] = await make_channel(provider, HASTY).send([a_mail()])
    assert outcome == Outcome("unknown", "TimeoutError")


@both_providers
async def test_concurrency_is_limited(provider: Provider, make_channel: MakeChannel) -> None:
    """At most four requests are in flight. The outcomes have the order of the mails."""
    provider.seconds, provider.gathers = 0.01, 4

    def answering(request: ReceivedRequest) -> Behaviour:
        return Reply(422) if recipient(request.document) in {"p3@example.org", "p7@example.org"} else ACCEPTED

    provider.answering = answering
    outcomes = await make_channel(provider, Limits(concurrency=4)).send([a_mail(n) for n in range(20)])

    assert provider.most_in_flight == 4
    assert [n for n, outcome in enumerate(outcomes) if outcome.state == "failed"] == [3, 7]


def unsubscribe_headers() -> dict[str, str]:
    return {
        "List-Unsubscribe": "<https://mend.example/notify/unsubscribe/x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def recipient(document: dict[str, Any]) -> str:
    address: str = document["to"][0] if "to" in document else document["personalizations"][0]["to"][0]["email"]
    return address
