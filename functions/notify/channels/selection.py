"""Chooses the channels: the providers in the settings, or the tables of the local stack where none is set."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from pydantic import SecretStr

from functions.notify.channels.fail_over import FailOverMail
from functions.notify.channels.local import EmbeddedMail, EmbeddedPush
from functions.notify.channels.mail_common import LIMITS
from functions.notify.channels.ports import MailChannel, PushChannel
from functions.notify.settings import NotifySettings
from shared.outbound.messages import Limits
from shared.services import Services


def push(parts: Services) -> PushChannel:
    project = parts.settings.fcm_project
    return _fcm(project) if project else EmbeddedPush(parts.database)


def mail(parts: Services) -> MailChannel:
    settings = parts.settings.of(NotifySettings)
    providers = _mail_providers(settings)
    if not providers:
        return EmbeddedMail(parts.database)
    return providers[0] if len(providers) == 1 else FailOverMail(providers)


def _mail_providers(settings: NotifySettings) -> list[MailChannel]:
    """In the order in which they are tried. They share the time that a channel has."""
    sender = settings.mail_from or ""
    makers: list[Callable[[Limits], MailChannel]] = []
    if settings.resend_key:
        makers.append(partial(_resend, settings.resend_key, sender))
    if settings.sendgrid_key:
        makers.append(partial(_sendgrid, settings.sendgrid_key, sender))
    if settings.ses_key and settings.ses_region:
        makers.append(partial(_ses, settings.ses_key, settings.ses_region, sender))
    return [make(replace(LIMITS, seconds=LIMITS.seconds / len(makers))) for make in makers]


@cache
def _fcm(project: str) -> PushChannel:
    from functions.notify.channels.fcm import FcmPush  # firebase-admin takes 150 ms

    return FcmPush(project)


@cache
def _resend(key: SecretStr, sender: str, limits: Limits) -> MailChannel:
    from functions.notify.channels.resend import ResendMail

    return ResendMail(key, sender, limits=limits)


@cache
def _sendgrid(key: SecretStr, sender: str, limits: Limits) -> MailChannel:
    from functions.notify.channels.sendgrid import SendGridMail

    return SendGridMail(key, sender, limits=limits)


@cache
def _ses(key: SecretStr, region: str, sender: str, limits: Limits) -> MailChannel:
    from functions.notify.channels.ses import SesMail

    return SesMail(key, region, sender, limits=limits)
