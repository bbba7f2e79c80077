"""What the two mail providers have in common."""

from functions.notify.channels.ports import SENT, Mail, Outcome
from functions.notify.channels.posting import Answer, Patience

PATIENCE = Patience(at_once=4)  # mail is in no hurry, and accounts start with a few requests a second
TAKEN = {200, 202}
OURS_TO_MEND = {401, 403}  # the key or the sender's domain: not the mail's fault


def one_click(mail: Mail) -> dict[str, str]:
    """By RFC 8058, so that mail programs offer a button, which posts to the link."""
    if mail.unsubscribe is None:
        return {}
    return {"List-Unsubscribe": f"<{mail.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def judge(answer: Answer) -> Outcome:
    if answer.status in TAKEN:
        return SENT
    return Outcome("later" if answer.status in OURS_TO_MEND else "failed", f"status {answer.status}")
