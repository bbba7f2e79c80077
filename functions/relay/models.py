"""What the relay answers."""

from pydantic import BaseModel


class Published(BaseModel):
    """How many events went out."""

    published: int
