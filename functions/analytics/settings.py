"""The project at Mixpanel."""

from typing import Annotated, Self

from pydantic import SecretStr, model_validator

from shared.pattern import Pattern
from shared.settings import OwnSettings, WebAddress


class AnalyticsSettings(OwnSettings):
    mixpanel_token: SecretStr | None = None
    mixpanel_deletion_token: SecretStr | None = None
    mixpanel_url: Annotated[WebAddress, Pattern(r"[^/]$", "must not end with a slash")] | None = None

    @model_validator(mode="after")
    def _what_is_sent_can_be_deleted(self) -> Self:
        if self.mixpanel_token and not self.mixpanel_deletion_token:
            raise ValueError("MIXPANEL_TOKEN needs MIXPANEL_DELETION_TOKEN, because what is sent must be deletable")
        return self
