"""The requests and responses about connections."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.http import RequestModel, ResponseModel

ProviderName: TypeAlias = Literal["spotify", "google"]


class ServiceConnection(ResponseModel):
    """A service that you can connect, and since when it is connected."""

    provider: ProviderName
    connected_at: datetime | None


class ServiceConnections(ResponseModel):
    """The services that this installation can connect."""

    connections: list[ServiceConnection]


class ConnectionStart(ResponseModel):
    """The page of the provider where you agree. It leads back to APP_URL/connections within ten minutes."""

    authorize_url: str


class CallbackQuery(BaseModel):
    """What the page of the provider adds to the address of the app. `code` is missing if you refused."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    state: Annotated[str, Field(min_length=1, max_length=1000)]
    code: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


class Played(RequestModel):
    """A track of the catalogue."""

    content_id: Annotated[UUID, Field(strict=False)]
