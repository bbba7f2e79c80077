"""Mail by SendGrid. It follows nobody: neither clicks nor opened mails are reported to us."""

from collections.abc import Sequence
from email.utils import parseaddr

from pydantic import SecretStr
from pydantic_core import to_json

from functions.notify.channels.mail_api import PATIENCE, judge, one_click
from functions.notify.channels.ports import Mail, Outcome
from functions.notify.channels.posting import Patience, Post, Provider

API = "https://api.sendgrid.com"
UNTRACKED = {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}}


class SendGridMail:
    def __init__(self, key: SecretStr, sender: str, *, api: str = API, patience: Patience = PATIENCE) -> None:
        self._headers = {"Authorization": f"Bearer {key.get_secret_value()}"}
        name, address = parseaddr(sender)
        self._sender = {"email": address, **({"name": name} if name else {})}
        self._provider = Provider(f"{api}/v3/mail/send", judge, patience)

    async def send(self, mails: Sequence[Mail]) -> list[Outcome]:
        return await self._provider.tell(mails, self._post)

    def _post(self, mail: Mail) -> Post:
        headers = one_click(mail)
        document = {
            "from": self._sender,
            "personalizations": [{"to": [{"email": mail.to}]}],
            "subject": mail.subject,
            "content": [
                {"type": "text/plain", "value": mail.text},
                {"type": "text/html", "value": mail.html},
            ],
            "tracking_settings": UNTRACKED,
            **({"headers": headers} if headers else {}),
        }
        return Post(to_json(document), self._headers)
