"""The data map: where data is stored, what for, and for how long, as each `capability.toml` declares it."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from shared import capability
from shared.retention import Rule

ROOT = Path(__file__).parents[3]  # a deployed function holds only the declarations of the other capabilities


class Data(BaseModel):
    """A place that holds data: its purpose, its owner, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: Literal["table", "bucket", "collection", "topic", "log", "cache", "vendor"]
    name: str
    owner: str | None = None  # the column that names the person; None where rows belong to no person
    outlives: str | None = None  # why rows stay when the account is deleted
    purpose: str
    kept: str  # of a table: "rule" (its retention rule), "account" (until the account is deleted) or "always"
    activity: str | None = None  # a key of `activities.json`; None if it holds no personal data
    hosts: tuple[str, ...] = ()  # of a vendor: where requests to it go


class DataMap(NamedTuple):
    entries: tuple[Data, ...]
    rules: Mapping[str, Rule]  # by table: the retention rule that keeps rows longest


def with_activity(declaration: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of `[[data]]`. One with an owner belongs to the activity of its capability, unless it names another."""
    for row in declaration.get("data", ()):
        default = {"activity": declaration.get("activity")} if "owner" in row else {}
        yield default | row


@cache
def data_map() -> DataMap:
    paths = [ROOT / "shared" / capability.FILE, *sorted(ROOT.glob(f"functions/*/{capability.FILE}"))]
    declarations = [capability.read(path) for path in paths]
    entries = tuple(Data.model_validate(row) for each in declarations for row in with_activity(each))
    rules = [Rule.model_validate(row) for each in declarations for row in each.get("retention", ())]
    return DataMap(entries, {rule.table: rule for rule in sorted(rules, key=lambda rule: rule.duration)})
