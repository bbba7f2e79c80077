"""A person who is too young asks their parent or guardian, who gets a mail."""

import re
from datetime import timedelta

from functions.notify.main import reminder_consumer
from shared.clock import utc_now
from shared.events.types import guardian_asked
from tests.conftest import Client, Clone
from tests.event_delivery import deliver

MAILS = "SELECT subject, text, html FROM local.mails WHERE address = %s ORDER BY id"
LINK = re.compile(r"/account(/guardian/[A-Za-z0-9_-]{43})$", re.MULTILINE)


def parent_of(account: Client) -> str:
    return f"parent-of-{account.person}@example.net"


async def be_too_young(account: Client, locale: str = "en", country: str = "DE", band: str = "13_to_15") -> None:
    profile = {"age_band": band, "country": country, "locale": locale}
    assert (await account.patch("/profile", json=profile)).status_code == 200


async def asked_link(account: Client, database: Clone, address: str | None = None) -> str:
    """Ask, have the mail sent, and return the path of the page that it links to."""
    address = address or parent_of(account)
    answer = await account.put("/guardian", json={"email": address})
    assert answer.status_code == 200, answer.text
    assert await deliver(reminder_consumer, guardian_asked(account.person, utc_now()))
    _, text, _ = database.rows(MAILS, address)[-1]
    [path] = LINK.findall(text)
    return str(path)


def pass_days(database: Clone, account: Client, days: int) -> None:
    """Move the question into the past. A moved clock would let the person's token expire."""
    with database.admin() as admin:
        admin.execute(
            "UPDATE mend.guardians SET asked_at = asked_at - %(by)s,"
            " mails_at = ARRAY(SELECT at - %(by)s FROM unnest(mails_at) AS at) WHERE user_id = %(person)s",
            {"by": timedelta(days=days), "person": account.person},
        )
