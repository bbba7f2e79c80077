"""The mail that asks a parent or guardian. Its address is not the person's own, and is forgotten once it was sent."""

from functions.notify import other_mail_queries, queries, texts
from functions.notify.channels import selection
from functions.notify.channels.ports import Mail
from functions.notify.errors import MailNotSent
from functions.notify.other_mail_queries import SealedMail
from shared.events import Event
from shared.guardian_mails import GuardianMail
from shared.services import Services, services


async def ask_guardian(event: Event) -> None:
    """Send the mail, at most once, with a link that only it has. Raises `MailNotSent`, and is tried again then."""
    parts = services()
    async with parts.database.service() as conn:
        mail = await other_mail_queries.take_guardian_mail(conn, event.person)
        locale = (await queries.load_settings(conn, event.person)).locale
    if mail is None:
        return
    [outcome] = await selection.mail(parts).send([_mail(parts, event, mail, locale)])
    if outcome.state == "later":
        async with parts.database.service() as conn:
            other_mail_queries.put_guardian_mail_back(conn, event.person, mail)
        raise MailNotSent


def _mail(parts: Services, event: Event, mail: SealedMail, locale: str) -> Mail:
    address, token = GuardianMail.unseal(parts.sealer, event.person, mail.sealed)
    text = texts.guardian_mail(locale, f"{parts.settings.public_url}/account/guardian/{token}")
    return Mail(address, str(event.id), text.subject, text.text, text.html, None)
