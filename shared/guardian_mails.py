"""The mail to a parent or guardian, sealed for its person until it is sent. `account` stores it, `notify` sends it."""

from typing import NamedTuple, Self
from uuid import UUID

from shared.sealed_secrets import Sealer

PURPOSE = "guardian mail"
GMAIL = frozenset({"gmail.com", "googlemail.com"})  # it takes no notice of dots in a name


class GuardianMail(NamedTuple):
    address: str
    token: str  # of the link

    def seal(self, sealer: Sealer, person: UUID) -> bytes:
        return sealer.seal(PURPOSE, person, f"{self.address} {self.token}".encode())

    @classmethod
    def unseal(cls, sealer: Sealer, person: UUID, sealed: bytes) -> Self:
        """Raises `Unsealable`."""
        address, token = sealer.unseal(PURPOSE, person, sealed).decode().split(" ")
        return cls(address, token)


def mailbox_of(address: str) -> str:
    """The address without what leads to the same mailbox: letter case, what follows a plus, the dots of Gmail."""
    name, _, host = address.lower().rpartition("@")
    name = name.partition("+")[0] or name
    if host in GMAIL:
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}@{host}"
