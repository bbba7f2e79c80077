"""Mail by Resend. It ignores a second request with the same idempotency key."""

from collections.abc import Sequence

from pydantic import SecretStr
from pydantic_core import to_json

from functions.notify.channels.batch import JSON, send_all
from functions.notify.channels.mail_common import LIMITS, outcome_of, unsubscribe_headers
from functions.notify.channels.ports import NO_RECORD, Mail, Outcome, Record
from shared.outbound.host import Host
from shared.outbound.messages import Limits, OutboundRequest

API = "https://api.resend.com"


class ResendMail:
    def __init__(self, key: SecretStr, sender: str, *, api: str = API, limits: Limits = LIMITS) -> None:
        self._sender = sender
        self._host = Host(api, limits, {**JSON, "Authorization": f"Bearer {key.get_secret_value()}"})

    async def send(self, mails: Sequence[Mail], record: Record = NO_RECORD, /) -> list[Outcome]:
        return await send_all(self._host, mails, record, self._request, outcome_of)

    def _request(self, mail: Mail) -> OutboundRequest:
        document = {
            "from": self._sender,
            "to": [mail.to],
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "headers": unsubscribe_headers(mail),
        }
        headers = {"Idempotency-Key": mail.key}
        return OutboundRequest("POST", "/emails", headers=headers, body=to_json(document), repeatable=True)
