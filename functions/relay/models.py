"""The response of the relay, and what it logs each minute."""

from pydantic import BaseModel

from shared.http import ResponseModel


class Backlog(BaseModel):
    """What the operators' alerts are computed from."""

    unpublished: int
    oldest_seconds: float  # the age of the oldest event that is not published
    parked: int  # events that no consumer could handle, and that were not replayed
    database_bytes: int


class Published(ResponseModel):
    """The number of events that were published."""

    published: int
