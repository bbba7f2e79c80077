"""What every channel promises alike, and which of them is used when."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from functions.notify import channels
from functions.notify.channels.fcm import FcmPush
from functions.notify.channels.local import EmbeddedMail, EmbeddedPush
from functions.notify.channels.ports import SENT, Mail, Outcome, Push
from functions.notify.channels.resend import ResendMail
from functions.notify.channels.sendgrid import SendGridMail
from infra.local.pages import pages
from infra.registry import registry
from shared.services import Services
from shared.settings import BadSettings, Settings
from tests.conftest import Clone
from tests.integration.notify.channels.conftest import QUICK, a_mail, a_push
from tests.integration.notify.channels.serving import Provider
from tests.integration.notify.channels.test_fcm import Credential

MAIL = {"MAIL_FROM": "Mend <hello@mend.example>", "LINK_SECRET": "0123456789" * 4}
KEY = SecretStr("a-key")


class Trial(NamedTuple):
    send: Callable[[Sequence[Any]], Awaitable[list[Outcome]]]
    make: Callable[[int], Push | Mail]
    told: Callable[[], list[str]]  # titles or subjects, as they arrived


@pytest.fixture(params=["fcm", "embedded push", "resend", "sendgrid", "embedded mail"])
async def trial(request: pytest.FixtureRequest, provider: Provider, services: Services, database: Clone) -> Trial:
    def asked(name: str) -> list[str]:
        documents = [a.document.get("message", {}).get("notification", a.document) for a in provider.asked]
        return [document[name] for document in documents]

    def kept(table: str, name: str) -> list[str]:
        return [row[0] for row in database.rows(f"SELECT {name} FROM local.{table} ORDER BY id")]  # noqa: S608

    fcm = FcmPush("mend-test", Credential(), api=provider.url, limits=QUICK)
    resend = ResendMail(KEY, MAIL["MAIL_FROM"], api=provider.url, limits=QUICK)
    sendgrid = SendGridMail(KEY, MAIL["MAIL_FROM"], api=provider.url, limits=QUICK)
    return {
        "fcm": Trial(fcm.send, a_push, lambda: asked("title")),
        "embedded push": Trial(EmbeddedPush(services.database).send, a_push, lambda: kept("pushes", "title")),
        "resend": Trial(resend.send, a_mail, lambda: asked("subject")),
        "sendgrid": Trial(sendgrid.send, a_mail, lambda: asked("subject")),
        "embedded mail": Trial(EmbeddedMail(services.database).send, a_mail, lambda: kept("mails", "subject")),
    }[request.param]


async def test_each_is_told_once_and_accounted_for(trial: Trial) -> None:
    """One outcome for each message, and each message is told as it was meant."""
    messages = [trial.make(number) for number in range(3)]

    assert await trial.send(messages) == [SENT] * 3
    assert trial.told() == [m.title if isinstance(m, Push) else m.subject for m in messages]


async def test_nothing_is_sent_for_nothing(trial: Trial) -> None:
    """No message, no outcome, and nobody is asked."""
    assert await trial.send([]) == []
    assert trial.told() == []


async def test_what_is_sent_is_not_logged(trial: Trial, caplog: pytest.LogCaptureFixture) -> None:
    """Neither words, nor addresses, nor tokens, nor our keys."""
    caplog.set_level(logging.INFO)

    await trial.send([trial.make(1)])

    said = ("token-1", "How are you?", "example.org", "Your week", "a-key", "access-1")
    assert [text for text in said if text in caplog.text] == []


async def test_a_developer_sees_what_would_have_been_sent(services: Services) -> None:
    """On the stack's own page, the newest first; nothing has left the machine."""
    await channels.push(services).send([a_push(1), a_push(2)])
    await channels.mail(services).send([a_mail(1, unsubscribe=None), a_mail(2)])

    app = Starlette(routes=pages(registry(), services))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mend") as client:
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
    ],
    ids=["nothing", "fcm", "resend", "sendgrid"],
)
def test_settings_choose_the_way(environ: dict[str, str], push: type, mail: type) -> None:
    """Whatever is not set stays on this machine."""
    parts = Services(Settings.from_mapping(environ))

    assert (type(channels.push(parts)), type(channels.mail(parts))) == (push, mail)
    assert channels.push(parts) is channels.push(parts) or not environ.get("FCM_PROJECT")


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"RESEND_KEY": "k", "SENDGRID_KEY": "k", **MAIL}, "exclude each other"),
        ({"RESEND_KEY": "k"}, "MAIL_FROM and LINK_SECRET"),
        ({"SENDGRID_KEY": "k", "MAIL_FROM": MAIL["MAIL_FROM"]}, "MAIL_FROM and LINK_SECRET"),
        ({**MAIL, "MAIL_FROM": "Mend"}, "MAIL_FROM"),
        ({**MAIL, "LINK_SECRET": "short"}, "LINK_SECRET"),
        ({"PUBLIC_URL": "https://mend.example/"}, "PUBLIC_URL"),
    ],
    ids=["two-providers", "no-sender", "no-secret", "no-address", "short-secret", "slash"],
)
def test_half_a_mail_provider_is_none(environ: dict[str, str], fault: str) -> None:
    """It shows when the process starts, and not with the first mail."""
    with pytest.raises(BadSettings, match=fault):
        Settings.from_mapping(environ)
