"""The settings of the push and mail providers."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from shared.pattern import Pattern
from shared.settings import OwnSettings

MailAddress = Annotated[
    str,
    Pattern(
        r"^([^<>@\r\n]+ <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$",
        "must be a mail address, or a name and an address: Mend <hello@example.org>",
    ),
]


class NotifySettings(OwnSettings):
    resend_key: SecretStr | None = None
    sendgrid_key: SecretStr | None = None
    mail_from: MailAddress | None = None
    link_secret: SecretStr | None = Field(default=None, min_length=32)

    @model_validator(mode="after")
    def _mail_must_be_complete(self) -> Self:
        if self.resend_key and self.sendgrid_key:
            raise ValueError("RESEND_KEY and SENDGRID_KEY exclude each other")
        if (self.resend_key or self.sendgrid_key) and not (self.mail_from and self.link_secret):
            raise ValueError("mail needs MAIL_FROM and LINK_SECRET as well")
        return self
