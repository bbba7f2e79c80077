"""Mail by Resend, which knows by its key a mail that it has been given before."""

from collections.abc import Sequence

from pydantic import SecretStr
from pydantic_core import to_json

from functions.notify.channels.mail_api import PATIENCE, judge, one_click
from functions.notify.channels.ports import Mail, Outcome
from functions.notify.channels.posting import Patience, Post, Provider

API = "https://api.resend.com"


class ResendMail:
    def __init__(self, key: SecretStr, sender: str, *, api: str = API, patience: Patience = PATIENCE) -> None:
        self._authorization = f"Bearer {key.get_secret_value()}"
        self._sender = sender
        self._provider = Provider(f"{api}/emails", judge, patience, knows_repeats=True)

    async def send(self, mails: Sequence[Mail]) -> list[Outcome]:
        return await self._provider.tell(mails, self._post)

    def _post(self, mail: Mail) -> Post:
        document = {
            "from": self._sender,
            "to": [mail.to],
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "headers": one_click(mail),
        }
        return Post(to_json(document), {"Authorization": self._authorization, "Idempotency-Key": mail.key})
