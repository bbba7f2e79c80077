"""The response of the relay."""

from shared.http import ResponseModel


class Published(ResponseModel):
    """The number of events that were published."""

    published: int
