"""Mail by Amazon SES, its API of version 2. Each request is signed for one region."""

from collections.abc import Sequence

import httpx
from pydantic import SecretStr
from pydantic_core import to_json
from requests_aws4auth import AWS4Auth  # type: ignore[import-untyped]

from functions.notify.channels.batch import JSON, send_all
from functions.notify.channels.mail_common import LIMITS, outcome_of, unsubscribe_headers
from functions.notify.channels.ports import NO_RECORD, Mail, Outcome, Record
from shared.outbound.host import Host
from shared.outbound.messages import Limits, OutboundRequest, OutboundResponse

API = "https://email.{region}.amazonaws.com"
ROUTE = "/v2/email/outbound-emails"
SIGNED = ("Content-Type", "X-Amz-Date", "X-Amz-Content-Sha256", "Authorization")
ERROR_TYPE = "x-amzn-errortype"
# What is wrong with our account has the status of a bad mail, too.
ACCOUNT_ERRORS = {
    "AccountSuspendedException",
    "LimitExceededException",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
    "SendingPausedException",
}


class SesMail:
    def __init__(
        self, key: SecretStr, region: str, sender: str, *, api: str | None = None, limits: Limits = LIMITS
    ) -> None:
        key_id, _, secret = key.get_secret_value().partition(":")
        self._sender = sender
        self._api = api or API.format(region=region)
        self._host = Host(self._api, limits)
        self._sign = AWS4Auth(key_id, secret, region, "ses")

    async def send(self, mails: Sequence[Mail], record: Record = NO_RECORD, /) -> list[Outcome]:
        return await send_all(self._host, mails, record, self._request, ses_outcome_of)

    def _request(self, mail: Mail) -> OutboundRequest:
        content = {
            "Subject": _text(mail.subject),
            "Body": {"Text": _text(mail.text), "Html": _text(mail.html)},
            "Headers": [{"Name": name, "Value": value} for name, value in unsubscribe_headers(mail).items()],
        }
        document = {
            "FromEmailAddress": self._sender,
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {"Simple": content},
        }
        body = to_json(document)
        signed = self._sign(httpx.Request("POST", self._api + ROUTE, headers=JSON, content=body)).headers
        return OutboundRequest("POST", ROUTE, headers={name: signed[name] for name in SIGNED}, body=body)


def ses_outcome_of(response: OutboundResponse) -> Outcome:
    error = response.headers.get(ERROR_TYPE, "").partition(":")[0]
    return Outcome("later", error) if error in ACCOUNT_ERRORS else outcome_of(response)


def _text(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
