"""The command line of `mend`: parses arguments, runs a command, and prints errors in two lines."""

import errno
import logging
import os
import re
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from infra import commands
from infra.capabilities import import_settings
from infra.commands import Command
from infra.errors import UserError
from infra.evaluate.command import evaluate
from infra.local.auth.accounts import ADDRESS
from infra.local.stack import DEMO_EMAIL, StackSettings
from infra.registry import registry
from shared.errors import MendError, Unavailable
from shared.settings import BadSettings

EVALUATE = "measure the ranking, or insights, the companion, the search, the safety gate or the output gate instead"
SAFETY = "count shown support, read reports of harm, or switch a pattern set, a text, a model or a prompt off"
MAX_MINUTES = 366 * 24 * 60
SWITCH = re.compile(r"pattern:[a-z_]+|text:[a-z_]+:[0-9]|model:[a-z]+/[\w.:-]{1,80}|prompt:[a-z_]+", re.ASCII)


class TwoLineParser(ArgumentParser):
    """Ends with two lines for wrong arguments, as a command that fails does."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n`{self.prog} --help` says what it takes.\n")


def run(arguments: Sequence[str]) -> NoReturn:
    """Run a command. Raises SystemExit with its status, or with a line for the problem and one for the remedy."""
    parsed = _parser().parse_args(arguments)
    import_settings()
    logging.getLogger("psycopg").addHandler(logging.NullHandler())  # its errors are printed below, once
    try:
        settings = StackSettings.from_mapping(os.environ)  # noqa: TID251 - the entry point of a process
        succeeded = parsed.command(settings, parsed)
        sys.stdout.flush()
    except BrokenPipeError:  # as in `mend events list | head -1`
        _discard_output()
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        _discard_output()
        sys.exit(_lines(f"{error.filename or 'The output'}: {(error.strerror or str(error)).lower()}.", _remedy(error)))
    except UnicodeDecodeError:
        sys.exit(_lines("The file is not text in UTF-8.", "Name a file that is."))
    except UserError as error:
        sys.exit(_lines(str(error), error.remedy))
    except BadSettings as error:
        sys.exit(_lines(str(error), "Correct the settings (docs/settings.md)."))
    except (PoolTimeout, Unavailable) as error:
        if type(error) in {PoolTimeout, Unavailable}:
            sys.exit(_lines("Postgres does not answer.", _database_remedy(error)))
        sys.exit(_lines(str(error), "Check its address and key in the settings (docs/settings.md)."))
    except (MendError, psycopg.Error) as error:
        sys.exit(_lines(str(error), _database_remedy(error)))
    sys.exit(0 if succeeded else 1)


def _lines(problem: str, remedy: str) -> str:
    first, _, _ = problem.partition("\n")  # later lines may quote a row, which may hold health data
    return f"mend: {first}\n{remedy}"


def _discard_output() -> None:
    """Send buffered output to /dev/null, so that the flush at the end of Python does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some disk space, and try again."
    return "Choose a folder that you may write to, by MEND_HOME or --out."


def _database_remedy(error: Exception) -> str:
    if isinstance(error, (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)):
        return "Migrate the database: mend migrate"
    if isinstance(error, psycopg.errors.InsufficientPrivilege) and "set role" in str(error):
        return "DATABASE_URL must name mend_app, and not the owner of the database."
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "DATABASE_URL must name the owner of the database."
    return "Check that Postgres runs, and that DATABASE_URL is right if it is set; then try again."


def _parser() -> ArgumentParser:
    parser = TwoLineParser(prog="mend", description="The backend of Mend on this machine.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Command, description: str) -> ArgumentParser:
        added = subparsers.add_parser(name, help=description, description=description)
        added.set_defaults(command=function)
        return added

    listed = registry()
    command("run", commands.serve, "serve everything on 127.0.0.1, at PORT or 8080")

    token = command("token", commands.token, "print an access token")
    token.add_argument("email", metavar="EMAIL", type=_address, help="whose; a new address is a new person")
    token.add_argument("--admin", action="store_true", help="of an admin with a second factor")
    token.add_argument("--minutes", metavar="N", type=_minutes, default=60, help="lifetime in minutes (60)")

    job = command("job", commands.job, "run the functions that listen to a schedule")
    job.add_argument("name", metavar="NAME", choices=listed.schedules, help=" or ".join(listed.schedules))
    job.add_argument("--at", metavar="TIME", type=_moment, help="run as of this time, in RFC 3339 (now)")
    job.add_argument("--yes", action="store_true", help="do not ask, even if the time lies ahead")

    command("migrate", commands.apply_migrations, "apply the migrations that the database lacks")
    reset = command("reset", commands.reset, "delete the local database, after a question")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    demo = command("demo", commands.demo, "store a person with a year of entries, for screenshots")
    demo.add_argument(
        "email", metavar="EMAIL", nargs="?", type=_address, default=DEMO_EMAIL, help=f"whose ({DEMO_EMAIL})"
    )
    demo.add_argument("--seed", metavar="N", type=int, default=1, help="seed of the entries (1)")
    deployed = command("deploy", commands.deploy, "deploy this commit to an environment, step by step")
    deployed.add_argument("environment", metavar="ENV", choices=("dev", "staging", "prod"), help="dev, staging or prod")
    deployed.add_argument("--yes", action="store_true", help="apply the plan without a question")
    deployed.add_argument("--rollback", action="store_true", help="give all traffic to the revisions before")
    command("doctor", commands.examine, "check what `mend run` needs, and say what mends it")
    command("buckets", commands.prepare_buckets, "create or update the buckets of Supabase Storage")
    command("seed", commands.seed_catalogue, "write the catalogue to the database")

    _add_record_commands(command)

    openapi = command("openapi", commands.openapi, "print the OpenAPI document of all functions")
    openapi.add_argument("function", metavar="FUNCTION", nargs="?", choices=listed.http, help="or of one")

    _add_measurements(command("evaluate", evaluate, EVALUATE))

    package = command("package", commands.package_function, "write the zip that a function is deployed from")
    package.add_argument("function", metavar="FUNCTION", choices=listed.functions)
    package.add_argument("--out", metavar="DIR", type=Path, default=Path("dist"), help="folder of the zip (dist)")
    return parser


def _add_record_commands(command: Callable[[str, Command, str], ArgumentParser]) -> None:
    """The commands about what is stored: events, deliveries, sums, erasures, support, and who may see what."""
    _add_events_actions(command("events", commands.list_events, "list events, or deliver parked events again"))
    delivered = command("deliveries", commands.list_deliveries, "list what became of a person's notifications")
    delivered.add_argument("person", metavar="PERSON", type=_person, help="the id or the address")

    command("rebuild-insights", commands.rebuild_insights, "count the sums behind the insights again, and compare")

    erase = command("erase", commands.apply_erase_list, "erase again whom a restored database has brought back")
    erase.add_argument("action", metavar="apply", choices=["apply"], help="apply the erase list")

    receipt = command("receipt", commands.verify_receipt, "verify a receipt of erasure, off-line")
    receipt.add_argument("action", metavar="verify", choices=["verify"], help="check that nobody has changed it")
    receipt.add_argument("file", metavar="FILE", type=_file, help="as `GET /account/receipts/{id}` returns it")
    receipt.add_argument(
        "--keys", metavar="FILE", type=_file, help="as `GET /account/receipt-key` returns them (those of the settings)"
    )

    command("admin-actions", commands.list_admin_actions, "list what admins changed, newest first")
    _add_safety_actions(command("safety", commands.list_switches, SAFETY))
    command(
        "reply-ratings", commands.report_ratings, "how people rate the companion's replies, by model and prompt, as CSV"
    )
    helplines = command("helplines", commands.list_helplines, "list the help lines and where each was seen")
    helplines.add_argument("--unseen", action="store_true", help="only those whose own page nobody has seen")

    command("data-map", commands.write_privacy_pages, "write docs/privacy from the data map")


def _add_measurements(evaluation: ArgumentParser) -> None:
    what = evaluation.add_mutually_exclusive_group()
    what.add_argument("--ratings", metavar="PATH", type=_file, help="a file in the MovieLens 100k layout (u.data)")
    what.add_argument("--insights", action="store_true", help="measure how insights are found instead")
    what.add_argument("--companion", action="store_true", help="let scripted people talk with the companion instead")
    what.add_argument(
        "--search", metavar="PATH", type=_file, help="the search instead, on labelled queries (docs/content.md)"
    )
    what.add_argument(
        "--safety",
        metavar="PATH",
        nargs="*",
        type=_readable,
        help="the gate on its own lines, each writer held out, or on WRITER/LANGUAGE.tsv or folders of new writers",
    )
    what.add_argument(
        "--replies", metavar="PATH", nargs="*", type=_file, help="the output gate on our own replies, or those in files"
    )
    evaluation.add_argument("--seed", metavar="N", type=int, default=1, help="seed of the random numbers (1)")
    evaluation.add_argument("--quick", action="store_true", help="fewer people, in seconds")
    evaluation.add_argument(
        "--review-model",
        metavar="NAME",
        help="with --safety: also what this model adds as AI_REVIEW_MODEL. What the gate leaves open is sent to it",
    )


def _add_safety_actions(safety: ArgumentParser) -> None:
    actions = safety.add_subparsers(required=True, metavar="report|harm-reports|off|on|list")
    report = actions.add_parser("report", help="support by month, country and grade, as CSV")
    report.add_argument("year", metavar="YEAR", type=int)
    report.set_defaults(command=commands.report_support)
    harm = actions.add_parser("harm-reports", help="what people told staff of harm; each reading is recorded")
    harm.set_defaults(command=commands.list_harm_reports)
    for name, on in (("off", False), ("on", True)):
        switch = actions.add_parser(
            name, help=f"switch a pattern set, a text, a model or a prompt {name}, from the next request on"
        )
        switch.add_argument(
            "name",
            metavar="NAME",
            type=_switch,
            help="pattern:CODE, text:CODE:VARIANT, model:PROVIDER/MODEL or prompt:NAME",
        )
        switch.set_defaults(command=commands.switch_safety, on=on)
    actions.add_parser("list", help="what is switched off")


def _add_events_actions(events: ArgumentParser) -> None:
    actions = events.add_subparsers(required=True, metavar="list|replay")
    listed = actions.add_parser("list", help="the latest, newest first")
    listed.add_argument("--parked", action="store_true", help="events that a function could not handle")
    replay = actions.add_parser("replay", help="deliver parked events once more")
    replay.set_defaults(command=commands.replay)
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("id", metavar="ID", nargs="?", type=UUID, help="as `events list --parked` shows it")
    which.add_argument("--all", action="store_true", help="all parked events")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("expected a time like 2026-03-29T01:30:00Z") from None
    if moment.tzinfo is None:
        raise ArgumentTypeError("an offset is missing, as in 2026-03-29T01:30:00Z")
    return moment


def _switch(text: str) -> str:
    if not SWITCH.fullmatch(text):
        raise ArgumentTypeError(
            "expected pattern:CODE, text:CODE:VARIANT, model:PROVIDER/MODEL or prompt:NAME, such as pattern:indirect"
        )
    return text


def _readable(text: str) -> Path:
    path = Path(text)
    if not (path.exists() and os.access(path, os.R_OK)):
        raise ArgumentTypeError(f"{text} does not exist, or may not be read")
    return path


def _file(text: str) -> Path:
    path = _readable(text)
    if path.is_dir():
        raise ArgumentTypeError(f"{text} is a folder, and not a file")
    return path


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise ArgumentTypeError("expected an address like you@example.com")
    return text


def _person(text: str) -> UUID | str:
    try:
        return UUID(text)
    except ValueError:
        return _address(text)


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MAX_MINUTES):  # noqa: PLR2004
        raise ArgumentTypeError(f"expected a whole number from 1 to {MAX_MINUTES}")
    return int(text)
