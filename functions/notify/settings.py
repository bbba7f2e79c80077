"""The settings of the push and mail providers."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from shared.pattern import Pattern
from shared.settings import OwnSettings

MailAddress = Annotated[
    str,
    Pattern(
        r"^([^<>@\r\n]+ <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$",
        "must be a mail address, or a name and an address: Mend <hello@example.org>",
    ),
]


def _ses_key(setting: SecretStr) -> SecretStr:
    if not all(setting.get_secret_value().partition(":")):
        raise ValueError("must be ACCESS_KEY_ID:SECRET_ACCESS_KEY")
    return setting


class NotifySettings(OwnSettings):
    resend_key: SecretStr | None = None
    sendgrid_key: SecretStr | None = None
    ses_key: Annotated[SecretStr, AfterValidator(_ses_key)] | None = None
    ses_region: Annotated[str, Pattern(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "must be a region like eu-central-1")] | None = (
        None
    )
    mail_from: MailAddress | None = None
    link_secret: SecretStr | None = Field(default=None, min_length=32)

    @model_validator(mode="after")
    def _mail_must_be_complete(self) -> Self:
        if self.ses_key and not self.ses_region:
            raise ValueError("SES_KEY needs SES_REGION as well")
        if (self.resend_key or self.sendgrid_key or self.ses_key) and not (self.mail_from and self.link_secret):
            raise ValueError("mail needs MAIL_FROM and LINK_SECRET as well")
        return self
