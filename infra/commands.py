"""What the commands do. Each works whether the stack runs or not, and tells whether all went well."""

import asyncio
import json
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from infra import by_hand, deliveries
from infra.by_hand import Outcome
from infra.local import database, issuer, stack
from infra.local.delivery import Functions
from infra.local.loading import load
from infra.local.stack import StackSettings
from infra.local.state import last_events, parked_events
from infra.openapi import merged
from infra.packaging import package
from infra.registry import TICK, registry
from infra.seed import seed
from shared.clock import utc_now
from shared.db import Database
from shared.events import Event
from shared.services import Services, use

Command = Callable[[StackSettings, Namespace], bool]


def serve(settings: StackSettings, _: Namespace) -> bool:
    stack.run(settings)
    return True


def token(settings: StackSettings, asked: Namespace) -> bool:
    dsn = database.owner_dsn(settings)
    print(issuer.sign_in(settings, dsn, asked.email, admin=asked.admin, minutes=asked.minutes))
    return True


def apply_migrations(settings: StackSettings, _: Namespace) -> bool:
    print("\n".join(database.bring_up_to_date(database.owner_dsn(settings))) or "Up to date.")
    return True


def prepare_buckets(settings: StackSettings, _: Namespace) -> bool:
    from shared.files.supabase import SupabaseFileStore

    async def prepare() -> None:
        store = SupabaseFileStore(settings)
        await store.prepare_buckets()
        await store.close()

    if settings.supabase_service_key is None:
        print("Files are kept in MEND_HOME: without SUPABASE_SERVICE_KEY there are no buckets.")
        return False
    asyncio.run(prepare())
    return True


def evaluate(_: StackSettings, asked: Namespace) -> bool:
    from infra.evaluate import report  # with numpy, which no other command needs

    return report.main(asked)


def seed_catalogue(settings: StackSettings, _: Namespace) -> bool:
    done = seed(database.owner_dsn(settings))
    print(f"{done.changed} added or changed, {done.retired} retired.")
    return True


def openapi(_: StackSettings, asked: Namespace) -> bool:
    listed = registry()
    print(json.dumps(merged(listed, [asked.function] if asked.function else listed.http), ensure_ascii=False))
    return True


def package_function(_: StackSettings, asked: Namespace) -> bool:
    print(package(registry(), asked.function, asked.out))
    return True


def job(settings: StackSettings, asked: Namespace) -> bool:
    kind = TICK + asked.name
    return asyncio.run(_run_job(settings, Event(type=kind, occurred_at=asked.at or utc_now())))


def list_events(settings: StackSettings, asked: Namespace) -> bool:
    return asyncio.run(_list_parked(settings) if asked.parked else _list_latest(settings))


def replay(settings: StackSettings, asked: Namespace) -> bool:
    return asyncio.run(_replay(settings, asked))


def list_deliveries(settings: StackSettings, asked: Namespace) -> bool:
    return asyncio.run(_list_deliveries(settings, asked))


async def _list_deliveries(settings: StackSettings, asked: Namespace) -> bool:
    async with _database(settings) as mend:
        for delivery in await deliveries.latest(mend, asked.person):
            print(delivery.line)
    return True


async def _run_job(settings: StackSettings, event: Event) -> bool:
    names = registry().listeners(event.type)
    async with _database(settings) as mend, Functions(load(registry(), names)) as functions:
        return _told([await by_hand.deliver_once(mend, functions, name, event) for name in names])


async def _replay(settings: StackSettings, asked: Namespace) -> bool:
    async with _database(settings) as mend:
        letters = await by_hand.letters(mend, asked.id)
        if not letters:
            print("Nothing of that kind is parked.")
            return asked.all is True
        async with Functions(load(registry(), {letter.consumer for letter in letters})) as functions:
            return _told([await by_hand.replay(mend, functions, letter) for letter in letters])


async def _list_latest(settings: StackSettings) -> bool:
    async with _database(settings) as mend:
        for event in await last_events(mend, registry()):
            print(event.id, event.occurred_at.isoformat(timespec="seconds"), event.type, event.state, sep="  ")
    return True


async def _list_parked(settings: StackSettings) -> bool:
    async with _database(settings) as mend:
        for event in await parked_events(mend):
            at = event.parked_at.isoformat(timespec="seconds")
            print(event.id, at, event.type, event.consumer, event.reason, sep="  ")
    return True


@asynccontextmanager
async def _database(settings: StackSettings) -> AsyncIterator[Database]:
    """The database, also for the functions that this process is about to run."""
    parts = Services(settings)
    use(parts)
    try:
        yield parts.database
    finally:
        await parts.database.close()


def _told(outcomes: Iterable[Outcome]) -> bool:
    outcomes = list(outcomes)
    for outcome in outcomes:
        print(f"{outcome.function}: {outcome.said}")
    return all(outcome.well for outcome in outcomes)
