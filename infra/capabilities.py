"""Reads and validates every `capability.toml`. `shared/capability.toml` declares what the capabilities share."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from functions.account.privacy.data_map import Data, with_activity
from functions.notify.kinds import NotificationKind
from infra.file_model import FileModel
from infra.registry import ROOT, EventType
from shared import capability
from shared.retention import Rule

FOLDERS = (ROOT / "shared", *sorted(path.parent for path in ROOT.glob("functions/*/main.py")))
Variable = Annotated[str, Field(pattern=r"^[A-Z]+(_[A-Z]+)*$")]


class Setting(FileModel):
    """What an operator must know. Type, pattern and default stand in `settings.py`."""

    secret: bool = False
    without: str
    means: str


class Events(FileModel):
    emits: tuple[EventType, ...] = ()
    listens: tuple[EventType, ...] = ()


class Capability(FileModel):
    activity: str | None = None  # of its data with an owner; a key of functions/account/privacy/activities.json
    collects: tuple[str, ...] = ()  # sections of other declarations that it reads at run time
    settings: dict[Variable, Setting] = Field(default_factory=dict)
    events: Events = Events()
    data: tuple[Data, ...] = ()
    retention: tuple[Rule, ...] = ()
    notification_kinds: tuple[NotificationKind, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _spread_activity(cls, declaration: dict[str, Any]) -> dict[str, Any]:
        return {**declaration, "data": tuple(with_activity(declaration))}

    @property
    def secrets(self) -> set[str]:
        return {name for name, setting in self.settings.items() if setting.secret}


@cache
def capabilities() -> dict[str, Capability]:
    """The declarations by the name of their folder."""
    return {folder.name: Capability.model_validate(capability.read(folder / capability.FILE)) for folder in FOLDERS}


def collected_declarations(name: str) -> Iterator[Path]:
    """The declaration files of other capabilities that this one reads at run time."""
    declared = capabilities()
    sections = declared[name].collects
    for other in FOLDERS:
        if other.name != name and any(getattr(declared[other.name], section) for section in sections):
            yield other / capability.FILE


def import_settings() -> None:
    """Import the settings of every capability: a process that serves all of them validates them together."""
    for path in ROOT.glob("functions/*/settings.py"):
        import_module(f"functions.{path.parent.name}.settings")


def settings_table() -> list[str]:
    """The rows of the table in docs/settings.md."""
    return [
        f"| `{name}` | {folder} | {setting.without} | {setting.means}{'; a secret' if setting.secret else ''} |"
        for folder, declared in capabilities().items()
        for name, setting in declared.settings.items()
    ]
