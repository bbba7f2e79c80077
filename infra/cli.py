"""The command line: `mend --help`."""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg

from infra import commands
from infra.capabilities import import_settings
from infra.commands import Command
from infra.local.database import NotReady
from infra.local.issuer import ForeignIssuer
from infra.local.stack import PortUnusable, StackSettings
from infra.migrate import MigrationError
from infra.registry import registry
from shared.errors import MendError
from shared.settings import BadSettings

TROUBLE = (BadSettings, ForeignIssuer, MendError, MigrationError, NotReady, PortUnusable, psycopg.Error)


def main() -> None:
    arguments = _parser().parse_args()
    import_settings()
    try:
        settings = StackSettings.from_mapping(os.environ)  # noqa: TID251 - a process begins here
        well = arguments.command(settings, arguments)
    except TROUBLE as error:
        sys.exit(f"mend: {str(error).partition(chr(10))[0]}")
    sys.exit(0 if well else 1)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="mend", description="The backend of Mend on this machine.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, does: Command, tells: str) -> ArgumentParser:
        added = subparsers.add_parser(name, help=tells, description=tells)
        added.set_defaults(command=does)
        return added

    listed = registry()
    command("run", commands.serve, "serve everything on 127.0.0.1, at PORT or 8080")

    token = command("token", commands.token, "print an access token")
    token.add_argument("email", metavar="EMAIL", help="whose; one address is one person")
    token.add_argument("--admin", action="store_true", help="of one who may edit the catalogue")
    token.add_argument("--minutes", metavar="N", type=int, default=60, help="valid for so long (60)")

    job = command("job", commands.job, "run what listens to a schedule")
    job.add_argument("name", metavar="NAME", choices=listed.schedules, help=" or ".join(listed.schedules))
    job.add_argument("--at", metavar="TIME", type=_moment, help="as if it were then, in RFC 3339 (now)")

    command("migrate", commands.apply_migrations, "apply the migrations that the database lacks")
    command(
        "buckets", commands.prepare_buckets, "make the buckets of Supabase Storage, or bring their limits up to date"
    )
    command("seed", commands.seed_catalogue, "bring the catalogue to the database")

    listing = command("events", commands.list_events, "list events, or replay those that were parked")
    actions = listing.add_subparsers(required=True, metavar="list|replay")
    listed_events = actions.add_parser("list", help="the latest, newest first")
    listed_events.add_argument("--parked", action="store_true", help="those that no function could handle")
    replay = actions.add_parser("replay", help="deliver parked events once more")
    replay.set_defaults(command=commands.replay)
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("id", metavar="ID", nargs="?", type=UUID, help="as `events list --parked` shows it")
    which.add_argument("--all", action="store_true", help="whatever is parked")

    delivered = command("deliveries", commands.list_deliveries, "what became of a person's messages, newest first")
    delivered.add_argument("person", metavar="PERSON", type=UUID, help="whose; the id, not the address")

    openapi = command("openapi", commands.openapi, "print one OpenAPI document for all functions")
    openapi.add_argument("function", metavar="FUNCTION", nargs="?", choices=listed.http, help="or for one")

    evaluation = command("evaluate", commands.evaluate, "measure the ranking in simulated worlds, and on ratings")
    evaluation.add_argument("--ratings", metavar="PATH", type=Path, help="a file in the MovieLens 100k layout (u.data)")
    evaluation.add_argument("--seed", metavar="N", type=int, default=1, help="of all chance (1)")
    evaluation.add_argument("--quick", action="store_true", help="in seconds, with fewer people")

    package = command("package", commands.package_function, "write the zip a function is deployed from")
    package.add_argument("function", metavar="FUNCTION", choices=listed.functions)
    package.add_argument("--out", metavar="DIR", type=Path, default=Path("dist"), help="where to (dist)")
    return parser


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
    if moment.tzinfo is None:
        raise ArgumentTypeError("it needs an offset, as in 2026-03-29T01:30:00Z")
    return moment
