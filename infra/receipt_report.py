"""`mend receipt verify`: verifies a receipt of erasure without a network, and says what it tells."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from functions.account.erasure import signatures
from infra.errors import UserError
from shared.settings import Settings

SAVE = "Save it as it comes: curl -o {file}.json …/account/{path}"


def report(settings: Settings, file: Path, published: Path | None) -> Iterator[str]:
    """The lines about a genuine receipt, by the published keys or those of the settings. Raises `UserError`."""
    keys = _member(published, "keys", "receipt-key") if published else signatures.public_keys(settings)
    _member(file, "receipt", "receipts/ID")
    try:
        receipt = signatures.verify(file.read_bytes(), keys)
    except signatures.ReceiptRefused as error:
        raise UserError(str(error.__doc__), SAVE.format(file="receipt", path="receipts/ID")) from None
    before = sum(store["before"] for store in receipt["stores"])
    yield f"Genuine: receipt {receipt['id']} of {receipt['issued_at']}, {before} records before the erasure."
    if receipt["state"] == "erased":
        yield f"Erased at {receipt['erased_at']}: {sum(store['after'] for store in receipt['stores'])} records left."
    else:
        yield "The erasure is under way: ask for the receipt again."


def _member(file: Path, name: str, path: str) -> dict[str, Any]:
    """The object of this name in a JSON file. Raises `UserError` if there is none."""
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        member = json.loads(file.read_bytes())[name]
        if isinstance(member, dict):
            return member
    raise UserError(f"{file} has no {name}.", SAVE.format(file=name, path=path))
