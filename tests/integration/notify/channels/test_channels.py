"""What all channels have in common, and how the settings choose them."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from functions.notify.channels import selection
from functions.notify.channels.fail_over import FailOverMail
from functions.notify.channels.fcm import FcmPush
from functions.notify.channels.local import EmbeddedMail, EmbeddedPush
from functions.notify.channels.ports import SENT, Mail, Outcome, Push
from functions.notify.channels.resend import ResendMail
from functions.notify.channels.sendgrid import SendGridMail
from functions.notify.channels.ses import SesMail
from infra.local.pages import pages
from infra.registry import registry
from shared.services import Services
from shared.settings import BadSettings, Settings
from tests.conftest import Clone
from tests.integration.notify.channels.conftest import QUICK, a_mail, a_push
from tests.integration.notify.channels.provider_server import Provider
from tests.integration.notify.channels.test_fcm import Credential

MAIL = {"MAIL_FROM": "Mend <hello@mend.example>", "LINK_SECRET": "0123456789" * 4}
SES = {"SES_KEY": "id:secret", "SES_REGION": "eu-central-1"}
KEY = SecretStr("a-key")


class ChannelUnderTest(NamedTuple):
    send: Callable[[Sequence[Any]], Awaitable[list[Outcome]]]
    make: Callable[[int], Push | Mail]
    received: Callable[[], list[str]]  # titles or subjects, in order of arrival


@pytest.fixture(params=["fcm", "embedded push", "resend", "sendgrid", "ses", "fail-over", "embedded mail"])
async def channel(
    request: pytest.FixtureRequest, provider: Provider, services: Services, database: Clone
) -> ChannelUnderTest:
    def requested(name: str) -> list[str]:
        documents = [r.document.get("message", {}).get("notification", r.document) for r in provider.requests]
        return [document[name] for document in documents]

    def requested_of_ses() -> list[str]:
        return [request.document["Content"]["Simple"]["Subject"]["Data"] for request in provider.requests]

    def stored(table: str, name: str) -> list[str]:
        return [row[0] for row in database.rows(f"SELECT {name} FROM local.{table} ORDER BY id")]  # noqa: S608

    fcm = FcmPush("mend-test", Credential(), api=provider.url, limits=QUICK)
    resend = ResendMail(KEY, MAIL["MAIL_FROM"], api=provider.url, limits=QUICK)
    sendgrid = SendGridMail(KEY, MAIL["MAIL_FROM"], api=provider.url, limits=QUICK)
    ses = SesMail(SecretStr("id:a-key"), "eu-central-1", MAIL["MAIL_FROM"], api=provider.url, limits=QUICK)
    return {
        "fcm": ChannelUnderTest(fcm.send, a_push, lambda: requested("title")),
        "embedded push": ChannelUnderTest(
            EmbeddedPush(services.database).send, a_push, lambda: stored("pushes", "title")
        ),
        "resend": ChannelUnderTest(resend.send, a_mail, lambda: requested("subject")),
        "sendgrid": ChannelUnderTest(sendgrid.send, a_mail, lambda: requested("subject")),
        "ses": ChannelUnderTest(ses.send, a_mail, requested_of_ses),
        "fail-over": ChannelUnderTest(FailOverMail([resend, ses]).send, a_mail, lambda: requested("subject")),
        "embedded mail": ChannelUnderTest(
            EmbeddedMail(services.database).send, a_mail, lambda: stored("mails", "subject")
        ),
    }[request.param]


async def test_each_message_is_sent_once(channel: ChannelUnderTest) -> None:
    """There is one outcome for each message, and the provider receives each once."""
    messages = [channel.make(number) for number in range(3)]

    assert await channel.send(messages) == [SENT] * 3
    assert channel.received() == [m.title if isinstance(m, Push) else m.subject for m in messages]


async def test_an_empty_batch_sends_nothing(channel: ChannelUnderTest) -> None:
    """There is no outcome and no request."""
    assert await channel.send([]) == []
    assert channel.received() == []


async def test_messages_are_not_logged(channel: ChannelUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    """The log has no text, address, token or key."""
    caplog.set_level(logging.INFO)

    await channel.send([channel.make(1)])

    secrets = ("token-1", "How are you?", "example.org", "Your week", "a-key", "access-1")
    assert [text for text in secrets if text in caplog.text] == []


async def test_the_local_stack_lists_messages(services: Services) -> None:
    """Its page has the newest first. Nothing leaves the machine."""
    await selection.push(services).send([a_push(1), a_push(2)])
    await selection.mail(services).send([a_mail(1, unsubscribe=None), a_mail(2)])

    app = Starlette(routes=pages(registry(), services))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        state = (await client.get("/_state")).json()

    assert [(push["title"], push["link"]) for push in state["pushes"]] == [("How are you?", "mend://check-in")] * 2
    assert [mail["address"] for mail in state["mails"]] == ["p2@example.org", "p1@example.org"]
    assert [bool(mail["unsubscribe"]) for mail in state["mails"]] == [True, False]


@pytest.mark.parametrize(
    ("environ", "push", "mail"),
    [
        ({}, EmbeddedPush, EmbeddedMail),
        ({"FCM_PROJECT": "mend"}, FcmPush, EmbeddedMail),
        ({"RESEND_KEY": "k", **MAIL}, EmbeddedPush, ResendMail),
        ({"SENDGRID_KEY": "k", **MAIL}, EmbeddedPush, SendGridMail),
        ({**SES, **MAIL}, EmbeddedPush, SesMail),
        ({"RESEND_KEY": "k", "SENDGRID_KEY": "k", **SES, **MAIL}, EmbeddedPush, FailOverMail),
    ],
    ids=["nothing", "fcm", "resend", "sendgrid", "ses", "several"],
)
def test_settings_choose_the_channels(environ: dict[str, str], push: type, mail: type) -> None:
    """Without a provider, messages are stored in the database."""
    parts = Services(Settings.from_mapping(environ))

    assert (type(selection.push(parts)), type(selection.mail(parts))) == (push, mail)
    assert selection.push(parts) is selection.push(parts) or not environ.get("FCM_PROJECT")


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"SES_KEY": "id:secret", **MAIL}, "SES_REGION"),
        ({**SES, "SES_KEY": "secret", **MAIL}, "ACCESS_KEY_ID:SECRET_ACCESS_KEY"),
        ({**SES, "SES_REGION": "Frankfurt", **MAIL}, "SES_REGION"),
        (SES, "MAIL_FROM and LINK_SECRET"),
        ({"RESEND_KEY": "k"}, "MAIL_FROM and LINK_SECRET"),
        ({"SENDGRID_KEY": "k", "MAIL_FROM": MAIL["MAIL_FROM"]}, "MAIL_FROM and LINK_SECRET"),
        ({**MAIL, "MAIL_FROM": "Mend"}, "MAIL_FROM"),
        ({**MAIL, "LINK_SECRET": "short"}, "LINK_SECRET"),
        ({"PUBLIC_URL": "https://mend.example/"}, "PUBLIC_URL"),
    ],
    ids=[
        "no-region",
        "no-key-id",
        "bad-region",
        "ses-no-sender",
        "no-sender",
        "no-secret",
        "no-address",
        "short-secret",
        "slash",
    ],
)
def test_incomplete_mail_settings_are_refused(environ: dict[str, str], fault: str) -> None:
    """The process fails when it starts, before the first mail."""
    with pytest.raises(BadSettings, match=fault):
        Settings.from_mapping(environ)
