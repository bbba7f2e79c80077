"""What is held on people, why and for how long, as each capability declares it in its `capability.toml`."""

from functools import cache
from pathlib import Path
from typing import Any

from shared import capability

FUNCTIONS = Path(__file__).parents[2]  # in a deployed function it holds only the declarations of other capabilities
SHARED = Path(capability.__file__).parent


@cache
def stored_data() -> list[dict[str, str]]:
    """Every store that holds data of a person: its kind, name, purpose, and how long data is kept there."""
    paths = [SHARED / capability.FILE, *sorted(FUNCTIONS.glob(f"*/{capability.FILE}"))]
    declared = [capability.read(path) for path in paths]
    kept = {rule["table"]: rule["keep"] for one in declared for rule in one.get("retention", ())}
    return [
        {"store": row["store"], "name": row["name"], "purpose": row["purpose"], "kept": _kept(row, kept)}
        for one in declared
        for row in one.get("data", ())
        if row.get("owner")
    ]


def _kept(row: dict[str, Any], rules: dict[str, str]) -> str:
    if row["kept"] == "rule":
        return rules[row["name"]]
    return "until the account is deleted" if row["kept"] == "account" else str(row["kept"])
