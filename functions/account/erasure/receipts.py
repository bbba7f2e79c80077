"""The receipt of an erasure: what each store held before and after, what vendors still hold, and until when.

It names no person. Whoever knows their id can prove that the receipt is about them: `person.digest` is the SHA-256 of
the salt followed by the SHA-256 of "mend erased person " and the id.
"""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from functions.account.erasure.queries import Erasure
from functions.account.erasure.records import RECEIPTS, records
from functions.account.erasure.signatures import sign
from functions.account.settings import AccountSettings
from shared.clock import utc_now
from shared.http import ResponseModel
from shared.settings import Settings

VENDORS = Path(__file__).with_name("vendors.toml")
# What holds numbers of many people, in which nobody's can be found.
AGGREGATED = ("mend.neighbours", "mend.population_tables", "mend.support_counts")
PSEUDONYMISED = ("mend.access_log", "mend.admin_actions")

VendorState: TypeAlias = Literal["done", "requested", "kept"]


class PersonDigest(ResponseModel):
    """A digest of the id of the erased person, in hexadecimal digits."""

    salt: str
    digest: str


class StoreCount(ResponseModel):
    """How many rows, files or documents a store held. `after` is null until they were counted again."""

    name: str
    before: int
    after: int | None


class VendorReceipt(ResponseModel):
    """What became of the data at a vendor: deleted, requested, or kept until a day."""

    name: str
    state: VendorState
    until: str | None


class Receipt(ResponseModel):
    """What was erased. The state is `erasing` until every store was counted again, then `erased`.

    A few hours later everything is looked through once more, for files that were still on their way: `rechecked_at`.
    """

    format: Literal["mend-erasure-1"]
    id: UUID
    key: str = Field(description="The id of the key that signed it.")
    state: Literal["erasing", "erased"]
    reason: Literal["requested", "deleted", "unused", "restored"]
    person: PersonDigest
    requested_at: str
    erased_at: str | None
    rechecked_at: str | None
    issued_at: str
    stores: list[StoreCount]
    vendors: list[VendorReceipt]
    pseudonymised: list[str]
    aggregated: list[str]
    backups_expire_on: str
    logs_expire_on: str


class SignedReceipt(ResponseModel):
    """A receipt, and its Ed25519 signature in hexadecimal digits. `mend receipt verify` checks it off-line."""

    receipt: Receipt
    signature: str


class Vendor(BaseModel):
    """A vendor that deletes data only after some days."""

    name: str
    kept_days: int


@cache
def vendors() -> dict[str, Vendor]:
    rows = tomllib.loads(VENDORS.read_text(encoding="utf-8"))["vendors"]
    return {vendor.name: vendor for vendor in map(Vendor.model_validate, rows)}


def person_digest(person: UUID) -> bytes:
    """What remains of a person's id. `mend.person_digest` computes the same."""
    return sha256(f"mend erased person {person}".encode()).digest()


async def issue(settings: Settings, erasure: Erasure) -> bytes:
    """Sign the receipt of an erasure as it stands, and store it. Returns the signed receipt."""
    signed = sign(settings, _receipt(settings.of(AccountSettings), erasure))
    await records(settings).put(f"{RECEIPTS}{erasure.id}.json", signed)
    return signed


def _receipt(own: AccountSettings, erasure: Erasure) -> Mapping[str, JsonValue]:
    ended_at = erasure.erased_at or utc_now()
    return {
        "format": "mend-erasure-1",
        "id": str(erasure.id),
        "state": "erased" if erasure.erased_at else "erasing",
        "reason": erasure.reason,
        "person": {"salt": erasure.salt.hex(), "digest": sha256(erasure.salt + erasure.digest).hexdigest()},
        "requested_at": _moment(erasure.requested_at),
        "erased_at": _moment(erasure.erased_at),
        "rechecked_at": _moment(erasure.rechecked_at),
        "issued_at": _moment(utc_now()),
        "stores": [
            {"name": name, "before": count, "after": erasure.after.get(name)}
            for name, count in sorted(erasure.before.items())
            if name not in PSEUDONYMISED
        ],
        "vendors": [_vendor(name, erasure) for name in sorted(vendors())],
        "pseudonymised": list(PSEUDONYMISED),
        "aggregated": list(AGGREGATED),
        "backups_expire_on": _day(ended_at + timedelta(days=own.backup_days)),
        "logs_expire_on": _day(ended_at + timedelta(days=own.log_days)),
    }


def _vendor(name: str, erasure: Erasure) -> JsonValue:
    state = erasure.vendors.get(name, "requested")
    until = erasure.requested_at + timedelta(days=vendors()[name].kept_days)
    return {"name": name, "state": state, "until": _day(until) if state == "kept" else None}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
