"""Applies the erase list to a database that was restored from a backup."""

from typing import LiteralString
from uuid import UUID

from functions.account.erasure import steps
from functions.account.erasure.records import LIST, Listed, records
from shared.clock import utc_now
from shared.services import Services

ERASE_AGAIN: LiteralString = "SELECT mend.erase_again(%(digests)s, %(receipts)s, %(now)s)"


async def apply(parts: Services) -> int:
    """Erase again everybody in the list whom the database knows. Returns how many there were. It can be repeated."""
    listed = [Listed.from_name(name) for name in await records(parts.settings).names(LIST)]
    receipt_ids = await parts.database.retry(lambda: _begin(parts, listed))
    for receipt_id in receipt_ids:
        await steps.complete(parts, receipt_id)
    return len(receipt_ids)


async def _begin(parts: Services, listed: list[Listed]) -> list[UUID]:
    params = {
        "digests": [entry.digest for entry in listed],
        "receipts": [entry.receipt_id for entry in listed],
        "now": utc_now(),
    }
    async with parts.database.service() as conn:
        return [receipt_id for (receipt_id,) in (await conn.run(ERASE_AGAIN, params)).rows]
