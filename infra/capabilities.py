"""Every `capability.toml`, read and checked: what the capabilities declare, and `shared` for what they share."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.notify.kinds import NotificationKind
from infra.registry import ROOT, EventType
from shared import capability
from shared.retention import Rule

FOLDERS = (ROOT / "shared", *sorted(path.parent for path in ROOT.glob("functions/*/main.py")))
Variable = Annotated[str, Field(pattern=r"^[A-Z]+(_[A-Z]+)*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Setting(_Part):
    """Type, pattern and default are the field's in `settings.py`; this says what an operator must know."""

    secret: bool = False
    without: str
    means: str


class Events(_Part):
    emits: tuple[EventType, ...] = ()
    listens: tuple[EventType, ...] = ()


class Data(_Part):
    """Something that holds data: what for, whose, and until when."""

    store: Literal["table", "bucket", "collection", "topic", "log", "cache", "vendor"]
    name: str
    owner: str | None = None  # what names the person; nothing where it is nobody's
    outlives: str | None = None  # why it stays when the account goes
    purpose: str
    kept: str  # of a table: "rule" (its retention rule), "account" (until the account goes) or "always"


class Capability(_Part):
    collects: tuple[str, ...] = ()  # sections that it reads of all capabilities
    settings: dict[Variable, Setting] = {}
    events: Events = Events()
    data: tuple[Data, ...] = ()
    retention: tuple[Rule, ...] = ()
    notification_kinds: tuple[NotificationKind, ...] = ()

    @property
    def secrets(self) -> set[str]:
        return {name for name, setting in self.settings.items() if setting.secret}


@cache
def capabilities() -> dict[str, Capability]:
    """By the names of their folders."""
    return {folder.name: Capability.model_validate(capability.read(folder / capability.FILE)) for folder in FOLDERS}


def collected(folder: Path) -> Iterator[Path]:
    """The declarations of other capabilities that this one reads when it runs."""
    declared = capabilities()
    wanted = declared[folder.name].collects
    for other in FOLDERS:
        if other != folder and any(getattr(declared[other.name], section) for section in wanted):
            yield other / capability.FILE


def import_settings() -> None:
    """Import the settings of every capability, so that a process that serves all of them checks them together."""
    for path in ROOT.glob("functions/*/settings.py"):
        import_module(f"functions.{path.parent.name}.settings")


def settings_table() -> list[str]:
    """The rows of the table in docs/settings.md."""
    return [
        f"| `{name}` | {folder} | {setting.without} | {setting.means}{'; a secret' if setting.secret else ''} |"
        for folder, declared in capabilities().items()
        for name, setting in declared.settings.items()
    ]
