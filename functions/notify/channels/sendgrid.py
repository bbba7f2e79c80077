"""Mail by SendGrid, without tracking of clicks and opened mails."""

from collections.abc import Sequence
from email.utils import parseaddr

from pydantic import SecretStr
from pydantic_core import to_json

from functions.notify.channels.batch import JSON, send_all
from functions.notify.channels.mail_common import LIMITS, outcome_of, unsubscribe_headers
from functions.notify.channels.ports import NO_RECORD, Mail, Outcome, Record
from shared.outbound.host import Host
from shared.outbound.messages import Limits, OutboundRequest

API = "https://api.sendgrid.com"
NO_TRACKING = {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}}


class SendGridMail:
    def __init__(self, key: SecretStr, sender: str, *, api: str = API, limits: Limits = LIMITS) -> None:
        name, address = parseaddr(sender)
        self._sender = {"email": address, **({"name": name} if name else {})}
        self._host = Host(api, limits, {**JSON, "Authorization": f"Bearer {key.get_secret_value()}"})

    async def send(self, mails: Sequence[Mail], record: Record = NO_RECORD, /) -> list[Outcome]:
        return await send_all(self._host, mails, record, self._request, outcome_of)

    def _request(self, mail: Mail) -> OutboundRequest:
        headers = unsubscribe_headers(mail)
        document = {
            "from": self._sender,
            "personalizations": [{"to": [{"email": mail.to}]}],
            "subject": mail.subject,
            "content": [
                {"type": "text/plain", "value": mail.text},
                {"type": "text/html", "value": mail.html},
            ],
            "tracking_settings": NO_TRACKING,
            **({"headers": headers} if headers else {}),
        }
        return OutboundRequest("POST", "/v3/mail/send", body=to_json(document))
