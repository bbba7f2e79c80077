"""Mail by SendGrid, Resend and Amazon SES: a local server answers as they document it, or fails like a network."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_core import to_json

from functions.notify.channels.ports import SENT, MailChannel, Outcome
from functions.notify.channels.resend import ResendMail
from functions.notify.channels.sendgrid import SendGridMail
from functions.notify.channels.ses import SesMail
from shared.outbound.messages import Limits
from tests.integration.notify.channels.conftest import HASTY, QUICK, a_mail
from tests.integration.notify.channels.provider_server import Behaviour, Provider, ReceivedRequest, Reply, in_turn

KEY = SecretStr("a-key")
SES_KEY = SecretStr("AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
REGION = "eu-central-1"
SENDER = "Mend <hello@mend.example>"
ACCEPTED = Reply(202)
IN_PROGRESS = Reply(409, {"statusCode": 409, "name": "concurrent_idempotent_requests", "message": "In progress"})

MakeChannel = Callable[..., MailChannel]


def sendgrid(provider: Provider, limits: Limits = QUICK) -> SendGridMail:
    return SendGridMail(KEY, SENDER, api=provider.url, limits=limits)


def resend(provider: Provider, limits: Limits = QUICK) -> ResendMail:
    return ResendMail(KEY, SENDER, api=provider.url, limits=limits)


def ses(provider: Provider, limits: Limits = QUICK) -> SesMail:
    return SesMail(SES_KEY, REGION, SENDER, api=provider.url, limits=limits)


all_providers = pytest.mark.parametrize("make_channel", [sendgrid, resend, ses])


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


async def test_a_ses_mail_has_the_documented_format(provider: Provider) -> None:
    """It has headers to unsubscribe, and a signature for SES in one region."""
    provider.answering = lambda _: Reply(200, {"MessageId": "0107018a-1"})

    assert await ses(provider).send([a_mail()]) == [SENT]
    [request] = provider.requests
    assert request.path == "/v2/email/outbound-emails"
    assert request.headers["authorization"] == signature(request)
    assert request.document == {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": ["p1@example.org"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Your week", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "It is ready.", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>Ready</p>", "Charset": "UTF-8"},
                },
                "Headers": [{"Name": name, "Value": value} for name, value in unsubscribe_headers().items()],
            }
        },
    }


@pytest.mark.parametrize(
    ("error", "state"),
    [("SendingPausedException:http://internal.amazon.com/", "later"), ("MessageRejected", "failed")],
)
async def test_ses_tells_our_faults_from_those_of_a_mail(provider: Provider, error: str, state: str) -> None:
    """Both have the status 400."""
    provider.answering = lambda _: Reply(400, {"message": "No"}, {"x-amzn-ErrorType": error})

    [outcome] = await ses(provider).send([a_mail()])
    assert (outcome.state, len(provider.requests)) == (state, 1)


@all_providers
async def test_account_mail_has_no_unsubscribe_headers(provider: Provider, make_channel: MakeChannel) -> None:
    """Account mail cannot be switched off."""
    await make_channel(provider).send([a_mail(unsubscribe=None)])

    assert "List-Unsubscribe" not in str(provider.requests[0].document)


@all_providers
@pytest.mark.parametrize(
    ("status", "state"),
    [(400, "failed"), (413, "failed"), (422, "failed"), (401, "later"), (403, "later")],
)
async def test_a_refusal_has_an_outcome(provider: Provider, make_channel: MakeChannel, status: int, state: str) -> None:
    """Errors of our key or sender are `later`. Errors of the mail itself are `failed`."""
    provider.answering = lambda _: Reply(status)

    assert await make_channel(provider).send([a_mail()]) == [Outcome(state, f"status {status}")]  # type: ignore[arg-type]
    assert len(provider.requests) == 1


@all_providers
async def test_retry_after_is_respected(provider: Provider, make_channel: MakeChannel) -> None:
    """The next attempt comes after the pause."""
    provider.answering = in_turn(Reply(429, {}, {"Retry-After": "1"}), ACCEPTED)

    assert await make_channel(provider).send([a_mail()]) == [SENT]
    assert provider.gaps()[0] > 1


@all_providers
async def test_a_provider_that_stays_busy_gives_the_outcome_later(
    provider: Provider, make_channel: MakeChannel
) -> None:
    """These statuses say that nothing was sent."""
    provider.answering = in_turn(Reply(500), Reply(503))

    assert await make_channel(provider).send([a_mail()]) == [Outcome("later", "status 503")]
    assert len(provider.requests) == QUICK.tries


@pytest.mark.parametrize("make_channel", [sendgrid, ses])
async def test_a_mail_without_idempotency_key_is_not_retried_after_a_lost_response(
    provider: Provider, make_channel: MakeChannel
) -> None:
    """Another attempt might send a second mail."""
    provider.answering = in_turn("reset", ACCEPTED)

    [outcome] = await make_channel(provider).send([a_mail()])
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


@all_providers
async def test_a_request_without_response_times_out(provider: Provider, make_channel: MakeChannel) -> None:
    """The mail may have been sent, so the outcome is `unknown`."""
    provider.answering = lambda _: "silence"

    [outcome] = await make_channel(provider, HASTY).send([a_mail()])
    assert outcome == Outcome("unknown", "TimeoutError")


@all_providers
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
    if "Destination" in document:
        return str(document["Destination"]["ToAddresses"][0])
    address: str = document["to"][0] if "to" in document else document["personalizations"][0]["to"][0]["email"]
    return address


def signature(request: ReceivedRequest) -> str:
    """The header that AWS expects for this request, by its documentation of Signature Version 4."""
    key_id, _, secret = SES_KEY.get_secret_value().partition(":")
    names = ["content-type", "host", "x-amz-content-sha256", "x-amz-date"]
    at = request.headers["x-amz-date"]
    headers = "".join(f"{name}:{request.headers[name]}\n" for name in names)
    body = sha256(to_json(request.document)).hexdigest()
    canonical = "\n".join(["POST", request.path, "", headers, ";".join(names), body])
    scope = f"{at[:8]}/{REGION}/ses/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", at, scope, sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = hmac.digest(key, text.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signed}"
