"""The commands of `mend`. They work whether the stack runs or not. Each returns whether it succeeded."""

import asyncio
import getpass
import json
import logging
import math
import os
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from infra import (
    admin_actions,
    doctor,
    erase_list,
    event_redelivery,
    helpline_report,
    notification_report,
    receipt_report,
    reply_ratings,
    safety_admin,
)
from infra.demo import Demo
from infra.demo import store as store_demo
from infra.deploy.release import Release
from infra.deploy.target import Target
from infra.errors import UserError
from infra.event_redelivery import DeliveryResult
from infra.insight_sums import rebuild_sums
from infra.local import database, issuer, running_stack, stack
from infra.local.apps import load_apps
from infra.local.event_delivery import FunctionClient
from infra.local.stack import DAY_MINUTES, StackSettings
from infra.local.state import latest_events, parked_events
from infra.openapi import merged_description
from infra.packaging import package
from infra.privacy.pages import write_pages
from infra.registry import ROOT, TICK, registry
from infra.seed import seed
from shared.clock import utc_now
from shared.db import Database
from shared.events import Event
from shared.services import Services, services, use
from shared.settings import settings as own_settings

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


def deploy(settings: StackSettings, arguments: Namespace) -> bool:
    release = Release(
        registry(), Target.read(arguments.environment), database.owner_dsn(settings), settings.mend_home.absolute()
    )
    if arguments.rollback:
        release.roll_back()
    else:
        release.deploy(lambda plan: arguments.yes or _approved(plan))
    return True


def _approved(plan: str) -> bool:
    print(plan)
    return sys.stdin.isatty() and input("Apply this plan? [y/N] ").strip().lower() == "y"


def prepare_buckets(settings: StackSettings, _: Namespace) -> bool:
    from shared.files.supabase import SupabaseFileStore

    async def prepare() -> None:
        store = SupabaseFileStore(settings)
        await store.prepare_buckets()
        await store.close()

    if settings.supabase_service_key is None:
        raise UserError(
            "Files are kept in MEND_HOME: without SUPABASE_SERVICE_KEY there are no buckets.",
            "Set SUPABASE_URL and SUPABASE_SERVICE_KEY (docs/files.md).",
        )
    asyncio.run(prepare())
    return True


def reset(settings: StackSettings, arguments: Namespace) -> bool:
    """Delete the local database after a confirmation. Keys stay, so that tokens remain valid."""
    home = settings.mend_home.absolute()
    is_local = settings.database_url is None
    if is_local and not arguments.yes and not _confirmed(f"This deletes all data in {home / 'postgres'}."):
        print("Nothing was deleted.")
        return False
    database.reset(settings)
    print("Deleted. The next command creates an empty database.")
    return True


def demo(settings: StackSettings, arguments: Namespace) -> bool:
    """Store a person with a year of entries, and print a token and what to try."""
    logging.disable(logging.INFO)  # the requests of the functions
    dsn = database.owner_dsn(settings)
    seed(dsn)
    token = issuer.sign_in(settings, dsn, arguments.email, admin=False, minutes=DAY_MINUTES)
    person = database.person_with_email(settings, arguments.email)
    stored = asyncio.run(_store_demo(settings, arguments, token, person))
    address = running_stack.address(settings.mend_home)
    print(f"{stored.entries} new entries, {stored.likes} likes, {stored.saved} saved items, and a plan.")
    if address is None:
        address = settings.public_url
        print("Start the stack now (make run), which then learns from them.")
    print(f"TOKEN={token}")
    for path in ("checkin/?limit=5", "checkin/factors", "recommend/", "recommend/saved", "plan/today"):
        print(f"curl -s '{address}/{path}' -H \"Authorization: Bearer $TOKEN\"")
    return True


def examine(settings: StackSettings, _: Namespace) -> bool:
    findings = []
    for finding in doctor.examine(settings):
        print(finding.lines, flush=True)
        findings.append(finding)
    return not any(finding.fault for finding in findings)


def write_privacy_pages(_: StackSettings, __: Namespace) -> bool:
    print("\n".join(str(path.relative_to(ROOT)) for path in write_pages()) or "Up to date.")
    return True


def list_helplines(_: StackSettings, arguments: Namespace) -> bool:
    print("\n".join(helpline_report.report(unseen_only=arguments.unseen)))
    return True


def seed_catalogue(settings: StackSettings, _: Namespace) -> bool:
    counts = seed(database.owner_dsn(settings))
    print(f"{counts.changed} added or changed, {counts.retired} retired.")
    return True


def openapi(settings: StackSettings, arguments: Namespace) -> bool:
    listed = registry()
    names = [arguments.function] if arguments.function else listed.http
    print(json.dumps(merged_description(listed, names, settings.public_url), ensure_ascii=False))
    return True


def package_function(_: StackSettings, arguments: Namespace) -> bool:
    print(package(registry(), arguments.function, arguments.out))
    return True


def job(settings: StackSettings, arguments: Namespace) -> bool:
    """Run a job as of `--at`. A future time needs a confirmation: the job would delete or send rows not yet due."""
    at, now = arguments.at or utc_now(), utc_now()
    warning = f"{at.isoformat()} lies ahead: data may be deleted too early. Events that the job publishes are parked."
    if at > now and not arguments.yes and not _confirmed(warning):
        print("Nothing was run.")
        return False
    if at > now:
        _move_clock(at - now)
    return asyncio.run(_run_job(settings, Event(type=TICK + arguments.name, occurred_at=at)))


def list_events(settings: StackSettings, arguments: Namespace) -> bool:
    return asyncio.run(_list_parked(settings) if arguments.parked else _list_latest(settings))


def replay(settings: StackSettings, arguments: Namespace) -> bool:
    return asyncio.run(_replay(settings, arguments))


def list_deliveries(settings: StackSettings, arguments: Namespace) -> bool:
    person = arguments.person
    if not isinstance(person, UUID):
        person = database.person_with_email(settings, person)
    deliveries = notification_report.latest(database.owner_dsn(settings), person, getpass.getuser())
    print("\n".join(delivery.line for delivery in deliveries) or "This person has no notifications.")
    return True


def rebuild_insights(settings: StackSettings, _: Namespace) -> bool:
    return asyncio.run(_rebuild_insights(settings))


def apply_erase_list(settings: StackSettings, _: Namespace) -> bool:
    """Erase again whom a restored database has brought back."""
    print(f"Erased again: {asyncio.run(_apply_erase_list(settings))}.")
    return True


def verify_receipt(settings: StackSettings, arguments: Namespace) -> bool:
    print("\n".join(receipt_report.report(settings, arguments.file, arguments.keys)))
    return True


def list_admin_actions(settings: StackSettings, _: Namespace) -> bool:
    actions = admin_actions.latest(database.owner_dsn(settings))
    print("\n".join(line for action in actions for line in action.lines()) or "No admin has changed anything.")
    return True


def report_support(settings: StackSettings, arguments: Namespace) -> bool:
    print("\n".join(safety_admin.report(database.owner_dsn(settings), arguments.year)))
    return True


def report_ratings(settings: StackSettings, _: Namespace) -> bool:
    print("\n".join(reply_ratings.report(database.owner_dsn(settings))))
    return True


def list_harm_reports(settings: StackSettings, _: Namespace) -> bool:
    reports = safety_admin.harm_reports(database.owner_dsn(settings), getpass.getuser())
    print("\n".join(reports) or "Nobody has reported harm.")
    return True


def switch_safety(settings: StackSettings, arguments: Namespace) -> bool:
    safety_admin.switch(database.owner_dsn(settings), arguments.name, on=arguments.on)
    return list_switches(settings, arguments)


def list_switches(settings: StackSettings, _: Namespace) -> bool:
    print("\n".join(safety_admin.switched_off(database.owner_dsn(settings))) or "Nothing is switched off.")
    return True


async def _apply_erase_list(settings: StackSettings) -> int:
    async with _database(settings):
        return await erase_list.apply(services())


async def _rebuild_insights(settings: StackSettings) -> bool:
    async with _database(settings) as mend:
        rebuilt = await rebuild_sums(mend)
    print(f"{rebuilt.people} people counted, {rebuilt.differing} differed, in {rebuilt.rows} rows.")
    return True


async def _store_demo(settings: StackSettings, arguments: Namespace, token: str, person: UUID) -> Demo:
    async with _database(settings):
        return await store_demo(token, person, utc_now(), arguments.seed)


async def _run_job(settings: StackSettings, event: Event) -> bool:
    names = registry().listeners(event.type)
    async with _database(settings) as mend, FunctionClient(load_apps(registry(), names)) as functions:
        return _report([await event_redelivery.deliver(mend, functions, name, event) for name in names])


async def _replay(settings: StackSettings, arguments: Namespace) -> bool:
    async with _database(settings) as mend:
        letters = await event_redelivery.load_dead_letters(mend, arguments.id)
        if not letters and arguments.id:
            raise UserError("No such event is parked.", "`mend events list --parked` lists those that are.")
        if not letters:
            print("No such event is parked.")
        async with FunctionClient(load_apps(registry(), {letter.consumer for letter in letters})) as functions:
            return _report([await event_redelivery.replay(mend, functions, letter) for letter in letters])


async def _list_latest(settings: StackSettings) -> bool:
    async with _database(settings) as mend:
        for event in await latest_events(mend, registry().deployed(settings.environ)):
            print(event.id, event.occurred_at.isoformat(timespec="seconds"), event.type, event.state, sep="  ")
    return True


async def _list_parked(settings: StackSettings) -> bool:
    async with _database(settings) as mend:
        parked = await parked_events(mend)
        for event in parked:
            at = event.parked_at.isoformat(timespec="seconds")
            print(event.id, at, event.type, event.consumer, event.reason, sep="  ")
        if not parked:
            print("No event is parked.")
    return True


@asynccontextmanager
async def _database(settings: StackSettings) -> AsyncIterator[Database]:
    """The database, which the functions of this process then use as well."""
    await asyncio.to_thread(database.owner_dsn, settings)  # reports a local database that does not work
    address = running_stack.address(settings.mend_home)
    if address and "public_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"public_url": address})  # for links in mails
    parts = Services(settings)
    use(parts)
    try:
        yield parts.database
    finally:
        await parts.database.close()


def _report(results: Iterable[DeliveryResult]) -> bool:
    results = list(results)
    for result in results:
        print(f"{result.function}: {result.message}")
    return all(result.succeeded for result in results)


def _move_clock(by: timedelta) -> None:
    """Set the clock of this process ahead: an event of a time ahead of the clock is parked."""
    offset = own_settings().clock_offset + math.ceil(by.total_seconds())
    os.environ["CLOCK_OFFSET"] = str(offset)  # noqa: TID251 - the functions of this process read it from there
    own_settings.cache_clear()


def _confirmed(warning: str) -> bool:
    print(f"{warning} Go on? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
