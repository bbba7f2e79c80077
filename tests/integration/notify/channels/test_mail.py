"""Mail by SendGrid and by Resend, which answer here as they document it, or as badly as networks do."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from functions.notify.channels.ports import SENT, MailChannel, Outcome
from functions.notify.channels.resend import ResendMail
from functions.notify.channels.sendgrid import SendGridMail
from shared.outbound.messages import Limits
from tests.integration.notify.channels.conftest import HASTY, QUICK, a_mail
from tests.integration.notify.channels.serving import Asked, Provider, Reply, Said, in_turn

KEY = SecretStr("a-key")
SENDER = "Mend <hello@mend.example>"
TAKEN = Reply(202)
IN_PROGRESS = Reply(409, {"statusCode": 409, "name": "concurrent_idempotent_requests", "message": "In progress"})

Making = Callable[..., MailChannel]


def sendgrid(provider: Provider, limits: Limits = QUICK) -> SendGridMail:
    return SendGridMail(KEY, SENDER, api=provider.url, limits=limits)


def resend(provider: Provider, limits: Limits = QUICK) -> ResendMail:
    return ResendMail(KEY, SENDER, api=provider.url, limits=limits)


either = pytest.mark.parametrize("making", [sendgrid, resend])


async def test_a_mail_is_as_sendgrid_documents_it(provider: Provider) -> None:
    """In plain text first, followed by nobody, and with a button to unsubscribe."""
    provider.answering = lambda _: TAKEN

    assert await sendgrid(provider).send([a_mail()]) == [SENT]
    [asked] = provider.asked
    assert asked.path == "/v3/mail/send"
    assert asked.headers["authorization"] == "Bearer a-key"
    assert asked.document == {
        "from": {"email": "hello@mend.example", "name": "Mend"},
        "personalizations": [{"to": [{"email": "p1@example.org"}]}],
        "subject": "Your week",
        "content": [
            {"type": "text/plain", "value": "It is ready."},
            {"type": "text/html", "value": "<p>Ready</p>"},
        ],
        "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
        "headers": one_click(),
    }


async def test_a_mail_is_as_resend_documents_it(provider: Provider) -> None:
    """With a key that tells it from any other, and with a button to unsubscribe."""
    provider.answering = lambda _: Reply(200, {"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"})

    assert await resend(provider).send([a_mail()]) == [SENT]
    [asked] = provider.asked
    assert asked.path == "/emails"
    assert (asked.headers["authorization"], asked.headers["idempotency-key"]) == ("Bearer a-key", "key-1")
    assert asked.headers["user-agent"]
    assert asked.document == {
        "from": SENDER,
        "to": ["p1@example.org"],
        "subject": "Your week",
        "text": "It is ready.",
        "html": "<p>Ready</p>",
        "headers": one_click(),
    }


@either
async def test_a_mail_about_the_account_has_no_button(provider: Provider, making: Making) -> None:
    """There is nothing to unsubscribe from."""
    await making(provider).send([a_mail(unsubscribe=None)])

    assert not provider.asked[0].document.get("headers")


@either
@pytest.mark.parametrize(
    ("status", "state"),
    [(400, "failed"), (413, "failed"), (422, "failed"), (401, "later"), (403, "later")],
)
async def test_what_a_refusal_means(provider: Provider, making: Making, status: int, state: str) -> None:
    """Our key and our sender are ours to mend; anything else about a mail will not change by asking again."""
    provider.answering = lambda _: Reply(status)

    assert await making(provider).send([a_mail()]) == [Outcome(state, f"status {status}")]  # type: ignore[arg-type]
    assert len(provider.asked) == 1


@either
async def test_retry_after_is_kept(provider: Provider, making: Making) -> None:
    """Not a moment earlier."""
    provider.answering = in_turn(Reply(429, {}, {"Retry-After": "1"}), TAKEN)

    assert await making(provider).send([a_mail()]) == [SENT]
    assert provider.gaps()[0] > 1


@either
async def test_a_provider_that_stays_busy_is_left_to_a_later_tick(provider: Provider, making: Making) -> None:
    """Nothing was sent, and nothing is in doubt."""
    provider.answering = in_turn(Reply(500), Reply(503))

    assert await making(provider).send([a_mail()]) == [Outcome("later", "status 503")]
    assert len(provider.asked) == QUICK.tries


async def test_sendgrid_is_not_asked_twice_for_what_it_may_have_sent(provider: Provider) -> None:
    """It cannot tell a repetition from a second mail."""
    provider.answering = in_turn("reset", TAKEN)

    [outcome] = await sendgrid(provider).send([a_mail()])
    assert (outcome.state, len(provider.asked)) == ("unknown", 1)


@pytest.mark.parametrize("trouble", ["reset", Reply(502), IN_PROGRESS], ids=["reset", "gateway", "in-progress"])
async def test_resend_is_asked_again_with_the_same_key(provider: Provider, trouble: Said) -> None:
    """It knows by the key whether it has sent the mail, so that asking again settles the doubt."""
    provider.answering = in_turn(trouble, Reply())

    assert await resend(provider).send([a_mail()]) == [SENT]
    assert [(asked.headers["idempotency-key"], asked.document) for asked in provider.asked] == [
        ("key-1", provider.asked[0].document)
    ] * 2


@pytest.mark.parametrize("status", [503, 401, 422])
async def test_a_doubt_that_nothing_settles_remains(provider: Provider, status: int) -> None:
    """A refusal of the second request says nothing about the first one."""
    provider.answering = in_turn("reset", Reply(status))

    assert await resend(provider).send([a_mail()]) == [Outcome("unknown", f"status {status}")]


@either
async def test_silence_ends_after_a_while(provider: Provider, making: Making) -> None:
    """And leaves a doubt."""
    provider.answering = lambda _: "silence"

    [outcome] = await making(provider, HASTY).send([a_mail()])
    assert outcome == Outcome("unknown", "TimeoutError")


@either
async def test_few_mails_are_sent_at_once(provider: Provider, making: Making) -> None:
    """Mail is in no hurry; each has its own outcome, in the order in which they were given."""
    provider.seconds, provider.gathers = 0.01, 4

    def answering(asked: Asked) -> Said:
        return Reply(422) if recipient(asked.document) in {"p3@example.org", "p7@example.org"} else TAKEN

    provider.answering = answering
    outcomes = await making(provider, Limits(concurrency=4)).send([a_mail(n) for n in range(20)])

    assert provider.most_in_flight == 4
    assert [n for n, outcome in enumerate(outcomes) if outcome.state == "failed"] == [3, 7]


def one_click() -> dict[str, str]:
    return {
        "List-Unsubscribe": "<https://mend.example/notify/unsubscribe/x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def recipient(document: dict[str, Any]) -> str:
    address: str = document["to"][0] if "to" in document else document["personalizations"][0]["to"][0]["email"]
    return address
