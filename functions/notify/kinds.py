"""The kinds of notifications, as each capability declares its own in its `capability.toml`."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared import capability

FOLDERS = Path(__file__).parent.parent  # in a deployed function it holds only the declarations of other capabilities
INBOX = "mend://inbox"


class NotificationKind(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rank: int  # the lowest rank leads a message for several notifications
    channel: Literal["push", "email"]  # besides the inbox
    valid_days: int  # it is not sent after so many local days
    valid_hours: int | None = None  # nor after so many hours
    link: str
    variables: frozenset[str] = frozenset()  # the numbers in its texts


def load_kinds(folders: Path) -> Mapping[str, NotificationKind]:
    """The kinds that the capabilities in these folders declare, by name."""
    declarations = [capability.read(path) for path in sorted(folders.glob(f"*/{capability.FILE}"))]
    rows = [row for declaration in declarations for row in declaration.get("notification_kinds", ())]
    kinds = [NotificationKind.model_validate(row) for row in rows]
    return MappingProxyType({kind.name: kind for kind in kinds})


KINDS = load_kinds(FOLDERS)
