"""The headers, limits and status codes that the mail providers share."""

from functions.notify.channels.ports import SENT, Mail, Outcome
from shared.outbound.messages import Limits, OutboundResponse

LIMITS = Limits(concurrency=4, tries=5)  # mail is not urgent, and new accounts may send a few requests a second
ACCEPTED = {200, 202}
OUR_FAULT = {401, 403}  # our key or the sender's domain is wrong, not the mail


def unsubscribe_headers(mail: Mail) -> dict[str, str]:
    """The headers of RFC 8058. Mail programs show a button for them, which posts to the link."""
    if mail.unsubscribe is None:
        return {}
    return {"List-Unsubscribe": f"<{mail.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def outcome_of(response: OutboundResponse) -> Outcome:
    if response.status in ACCEPTED:
        return SENT
    return Outcome("later" if response.status in OUR_FAULT else "failed", f"status {response.status}")
