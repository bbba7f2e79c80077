"""Chooses the channels: the providers in the settings, or the tables of the local stack where none is set."""

from functools import cache

from pydantic import SecretStr

from functions.notify.channels.local import EmbeddedMail, EmbeddedPush
from functions.notify.channels.ports import MailChannel, PushChannel
from functions.notify.settings import NotifySettings
from shared.services import Services


def push(parts: Services) -> PushChannel:
    project = parts.settings.fcm_project
    return _fcm(project) if project else EmbeddedPush(parts.database)


def mail(parts: Services) -> MailChannel:
    settings = parts.settings.of(NotifySettings)
    sender = settings.mail_from or ""
    if settings.resend_key:
        return _resend(settings.resend_key, sender)
    if settings.sendgrid_key:
        return _sendgrid(settings.sendgrid_key, sender)
    return EmbeddedMail(parts.database)


@cache
def _fcm(project: str) -> PushChannel:
    from functions.notify.channels.fcm import FcmPush  # firebase-admin takes 150 ms

    return FcmPush(project)


@cache
def _resend(key: SecretStr, sender: str) -> MailChannel:
    from functions.notify.channels.resend import ResendMail

    return ResendMail(key, sender)


@cache
def _sendgrid(key: SecretStr, sender: str) -> MailChannel:
    from functions.notify.channels.sendgrid import SendGridMail

    return SendGridMail(key, sender)
