"""Mails about an account: welcome, another address, another device, and that it is being erased."""

from uuid import UUID

from functions.notify import queries, texts
from functions.notify.channels import selection
from functions.notify.channels.ports import Mail
from functions.notify.errors import MailNotSent
from shared.db import Connection
from shared.events import Event, emit
from shared.events.types import ErasureReference, notification_requested, user_erased
from shared.services import Services, services


async def request_news(conn: Connection, event: Event) -> None:
    """Request a mail for each thing that is new about the account. None is requested twice."""
    emit(
        conn,
        [
            notification_requested(
                event.person, event.occurred_at, kind="account", slot=f"{news}:{event.id}", data={"news": news}
            )
            for news in await queries.take_account_news(conn, event.person)
        ],
    )


async def tell_of_erasure(event: Event) -> None:
    """Mail a person that they are being erased, while the erasure waits, and let it go on. Raises `MailNotSent`.

    A notification would be erased with the account, so this mail has none.
    """
    parts, receipt = services(), ErasureReference.from_event(event).receipt_id
    mail = await _erasure_mail(parts, receipt)
    if mail is None:
        return
    [outcome] = await selection.mail(parts).send([mail])
    async with parts.database.service() as conn:
        queries.settle_erasure_mail(conn, receipt, "due" if outcome.state == "later" else "done")
        if outcome.state != "later":
            emit(conn, [user_erased(None, event.occurred_at, receipt_id=receipt)])
    if outcome.state == "later":
        raise MailNotSent


async def _erasure_mail(parts: Services, receipt: UUID) -> Mail | None:
    """The mail, leased to be sent now. None if it has been sent, or cannot be."""
    async with parts.database.service() as conn:
        person = await queries.lease_erasure_mail(conn, receipt)
        address = await queries.confirmed_email(conn, person) if person else None
        if person is None or address is None:
            return None
        locale = (await queries.load_settings(conn, person)).locale
    text = texts.mail("account", locale, {"news": "erased"}, None)
    return Mail(address, str(receipt), text.subject, text.text, text.html, None)
