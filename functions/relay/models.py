"""What the relay answers."""

from shared.http import ResponseModel


class Published(ResponseModel):
    """How many events went out."""

    published: int
