"""The kinds of messages, as the capabilities that send them declare them in their `capability.toml`."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared import capability

FOLDERS = Path(__file__).parent.parent  # deployed, it holds the declarations of other capabilities and nothing else
INBOX = "mend://inbox"


class Kind(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rank: int  # where several fall together the least one leads
    outward: Literal["push", "email"]  # beside the inbox
    days_of_use: int  # after which nobody wants to hear of it
    link: str
    variables: frozenset[str] = frozenset()  # the numbers that its texts name


def collect(folders: Path) -> Mapping[str, Kind]:
    """Every kind that is declared in one of these folders, by its name."""
    declared = [capability.read(path) for path in sorted(folders.glob(f"*/{capability.FILE}"))]
    kinds = [Kind.model_validate(row) for one in declared for row in one.get("notification_kinds", ())]
    return MappingProxyType({kind.name: kind for kind in kinds})


KINDS = collect(FOLDERS)
