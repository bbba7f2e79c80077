"""The mail that asks a parent or guardian. Its address is not the person's own, and is forgotten once it was sent."""

from functions.notify import texts
from functions.notify.channels import selection
from functions.notify.channels.ports import Mail
from functions.notify.errors import MailNotSent
from functions.notify.other_mails import queries
from functions.notify.other_mails.queries import SealedMail
from functions.notify.queries import load_settings
from shared.events import Event
from shared.guardian_mails import GuardianMail
from shared.services import Services, services


async def ask_guardian(event: Event) -> None:
    """Send the mail, at most once, with a link that only it has. Raises `MailNotSent`, and is tried again then."""
    parts = services()
    async with parts.database.service() as conn:
        mail = await queries.take_guardian_mail(conn, event.person)
        locale = (await load_settings(conn, event.person)).locale
    if mail is None:
        return
    [outcome] = await selection.mail(parts).send([_mail(parts, event, mail, locale)])
    if outcome.state == "later":
        async with parts.database.service() as conn:
            queries.put_guardian_mail_back(conn, event.person, mail)
        raise MailNotSent


def _mail(parts: Services, event: Event, mail: SealedMail, locale: str) -> Mail:
    address, token = GuardianMail.unseal(parts.sealer, event.person, mail.sealed)
    text = texts.guardian_mail(locale, f"{parts.settings.public_url}/account/guardian/{token}")
    return Mail(address, str(event.id), text.subject, text.text, text.html, None)
