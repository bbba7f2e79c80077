"""Erasures are killed, and go on where they were."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.account.erasure.signatures import public_keys, verify
from shared.services import Services
from shared.settings import PROJECT_ROOT, Settings
from tests.conftest import ADMIN, Client, ClientFactory, Clone, Issuer, clock_setting
from tests.faults.postgres_state import show
from tests.integration.erasure.payments import with_stripe
from tests.integration.erasure.people import OWNED, ask, files_of, plant, rows_that_name

SCRIPT = Path(__file__).with_name("erasures_that_die.py")
TRIALS = int(os.environ.get("TRIALS", "5"))  # noqa: TID251 - `make soak` sets it
SEED = int(os.environ.get("SEED", random.SystemRandom().getrandbits(32)))  # noqa: TID251 - of the random moments


async def receipt_of(client: Client) -> str:
    return str((await ask(client)).json()["receipt"]["id"])


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    with with_stripe(settings) as selling:
        yield selling


async def run(services: Services, *arguments: str) -> None:
    stripe = {"STRIPE_URL": str(services.settings.stripe_url)}
    environment = {"PYTHONPATH": str(PROJECT_ROOT), **clock_setting(), **stripe}
    await asyncio.to_thread(subprocess.check_call, [sys.executable, str(SCRIPT), *arguments], env=environment)


def signed_receipt(services: Services, id_: str) -> dict[str, Any]:
    document = (services.settings.mend_home / f"erasures/receipts/{id_}.json").read_bytes()
    return verify(document, public_keys(services.settings))


def totals(receipt: dict[str, Any]) -> tuple[bool, int]:
    """Whether each store held something before, and what all of them hold now."""
    held = {store["name"]: store["before"] for store in receipt["stores"]}
    return all(held[name] for name in OWNED), sum(store["after"] for store in receipt["stores"])


async def test_an_erasure_that_is_killed_at_each_step_is_completed(
    client_for: ClientFactory, database: Clone, services: Services, issuer: Issuer
) -> None:
    """It repeats that step. The receipt is true: what was there before, and that nothing is left."""
    alice, bob = [await plant(client_for, database, services) for _ in range(2)]
    others = rows_that_name(database, bob.person)
    receipt_id = await receipt_of(alice)

    await run(services, database.dsn(), str(issuer.folder), database.dsn(ADMIN), receipt_id)

    receipt = signed_receipt(services, receipt_id)
    assert (receipt["state"], *totals(receipt)) == ("erased", True, 0)
    assert rows_that_name(database, alice.person).keys() == {"mend.erasures"}
    assert await files_of(services, alice.person) == 0
    assert rows_that_name(database, bob.person) == others


async def test_erasures_that_are_killed_at_random_moments_are_completed(
    client_for: ClientFactory, database: Clone, services: Services, issuer: Issuer
) -> None:
    """Wherever they were."""
    people = [await plant(client_for, database, services) for _ in range(TRIALS)]
    receipt_ids = [await receipt_of(person) for person in people]

    await run(services, database.dsn(), str(issuer.folder), str(SEED), *receipt_ids)

    show(f"killed {TRIALS} erasures with SEED={SEED}")
    receipts = [signed_receipt(services, id_) for id_ in receipt_ids]
    assert {(receipt["state"], *totals(receipt)) for receipt in receipts} == {("erased", True, 0)}
    assert [rows_that_name(database, person.person).keys() for person in people] == [{"mend.erasures"}] * TRIALS
