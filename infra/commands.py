"""What the commands do, whether the stack runs or not. Each returns whether it succeeded."""

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from infra import deliveries, redelivery
from infra.local import database, issuer, stack
from infra.local.apps import load_apps
from infra.local.delivery import Functions
from infra.local.stack import StackSettings
from infra.local.state import last_events, parked_events
from infra.openapi import merged
from infra.packaging import package
from infra.redelivery import Outcome
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


def token(settings: StackSettings, arguments: Namespace) -> bool:
    dsn = database.owner_dsn(settings)
    print(issuer.sign_in(settings, dsn, arguments.email, admin=arguments.admin, minutes=arguments.minutes))
    return True


def apply_migrations(settings: StackSettings, _: Namespace) -> bool:
    print("\n".join(database.apply_migrations(settings)) or "Up to date.")
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


def reset(settings: StackSettings, arguments: Namespace) -> bool:
    """Delete the local database, once that is confirmed. Keys stay, so that tokens remain valid."""
    home = settings.mend_home.absolute()
    if settings.database_url is None and not arguments.yes:
        print(f"This deletes all data in {home / 'postgres'}. Go on? [y/N] ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.")
            return False
    database.reset(settings)
    print("Deleted. The next command creates an empty database.")
    return True


def evaluate(_: StackSettings, arguments: Namespace) -> bool:
    from infra.evaluate import report  # with numpy, which no other command needs

    return report.main(arguments)


def seed_catalogue(settings: StackSettings, _: Namespace) -> bool:
    done = seed(database.owner_dsn(settings))
    print(f"{done.changed} added or changed, {done.retired} retired.")
    return True


def openapi(_: StackSettings, arguments: Namespace) -> bool:
    listed = registry()
    print(json.dumps(merged(listed, [arguments.function] if arguments.function else listed.http), ensure_ascii=False))
    return True


def package_function(_: StackSettings, arguments: Namespace) -> bool:
    print(package(registry(), arguments.function, arguments.out))
    return True


def job(settings: StackSettings, arguments: Namespace) -> bool:
    kind = TICK + arguments.name
    return asyncio.run(_run_job(settings, Event(type=kind, occurred_at=arguments.at or utc_now())))


def list_events(settings: StackSettings, arguments: Namespace) -> bool:
    return asyncio.run(_list_parked(settings) if arguments.parked else _list_latest(settings))


def replay(settings: StackSettings, arguments: Namespace) -> bool:
    return asyncio.run(_replay(settings, arguments))


def list_deliveries(settings: StackSettings, arguments: Namespace) -> bool:
    return asyncio.run(_list_deliveries(settings, arguments))


async def _list_deliveries(settings: StackSettings, arguments: Namespace) -> bool:
    async with _database(settings) as mend:
        for delivery in await deliveries.latest(mend, arguments.person):
            print(delivery.line)
    return True


async def _run_job(settings: StackSettings, event: Event) -> bool:
    names = registry().listeners(event.type)
    async with _database(settings) as mend, Functions(load_apps(registry(), names)) as functions:
        return _report([await redelivery.deliver(mend, functions, name, event) for name in names])


async def _replay(settings: StackSettings, arguments: Namespace) -> bool:
    async with _database(settings) as mend:
        letters = await redelivery.parked_letters(mend, arguments.id)
        if not letters:
            print("Nothing of that kind is parked.")
            return arguments.all is True
        async with Functions(load_apps(registry(), {letter.consumer for letter in letters})) as functions:
            return _report([await redelivery.replay(mend, functions, letter) for letter in letters])


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
    await asyncio.to_thread(database.owner_dsn, settings)  # a local one that cannot be used is reported here
    parts = Services(settings)
    use(parts)
    try:
        yield parts.database
    finally:
        await parts.database.close()


def _report(outcomes: Iterable[Outcome]) -> bool:
    outcomes = list(outcomes)
    for outcome in outcomes:
        print(f"{outcome.function}: {outcome.message}")
    return all(outcome.succeeded for outcome in outcomes)
