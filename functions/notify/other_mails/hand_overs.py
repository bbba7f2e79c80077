"""Mails the team a conversation that a person has handed over to them."""

from datetime import timedelta
from html import escape

from functions.notify.channels import selection
from functions.notify.channels.ports import Mail
from functions.notify.errors import MailNotSent
from functions.notify.other_mails import queries
from functions.notify.other_mails.queries import MailRow
from shared import logs
from shared.clock import utc_now
from shared.events import Event
from shared.events.types import HandOverReference
from shared.services import services

LEASE = timedelta(minutes=1)  # longer than any provider takes: a channel answers within 30 seconds


async def send_hand_over(event: Event) -> None:
    """Send the mail that the person has seen. Raises `MailNotSent`: then it is delivered again.

    After a crash while it is sent, it is sent again under the same key, since no answer would be worse than two mails.
    Another yes, after a failure, has an event and a key of its own.
    """
    parts, person, id_ = services(), event.person, HandOverReference.from_event(event).hand_over_id
    now = utc_now()
    async with parts.database.service() as conn:
        mail = await queries.lease_hand_over(conn, person, id_, now, now + LEASE)
        is_elsewhere = mail is None and await queries.is_sending(conn, person, id_)
    if is_elsewhere:
        raise MailNotSent
    if mail is None:  # it has been sent, or its conversation was deleted
        return
    [outcome] = await selection.mail(parts).send([_mail(mail, str(event.id))])
    async with parts.database.service() as conn:
        queries.settle_hand_over(conn, person, id_, "queued" if outcome.state == "later" else outcome.state)
    if outcome.state == "later":
        raise MailNotSent
    if outcome.state != "sent":
        logs.warn("hand_over_not_sent", state=outcome.state, reason=outcome.reason)


def _mail(mail: MailRow, key: str) -> Mail:
    html = (
        f'<!doctype html><meta charset="utf-8"><body><pre style="white-space:pre-wrap">{escape(mail.text)}</pre></body>'
    )
    return Mail(mail.address, key, mail.subject, mail.text, html, None)
