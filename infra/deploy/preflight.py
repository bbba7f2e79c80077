"""What must be true before a deployment changes anything."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from infra.deploy.programs import ProgramError, gcloud
from infra.deploy.target import Target
from infra.errors import UserError
from infra.migrate import MIGRATIONS
from infra.registry import Registry

# Statements that hold a lock while they read or write a whole table. One that this deployment creates has no rows.
SLOW = {
    r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)(?:IF NOT EXISTS )?\w+ ON ([\w.]+)": "builds an index under a lock",
    r"ALTER TABLE (?:ONLY )?([\w.]+)[^;]*?\bALTER (?:COLUMN )?\w+ (?:SET DATA )?TYPE\b": "rewrites the table",
    r"ALTER TABLE (?:ONLY )?([\w.]+)[^;]*?\bALTER (?:COLUMN )?\w+ SET NOT NULL": "reads the whole table under a lock",
    r"ALTER TABLE (?:ONLY )?([\w.]+)[^;]*?\bADD CONSTRAINT(?![^;]*NOT VALID)": "reads the whole table under a lock",
}
GONE = {
    r"\bDROP TABLE (?:IF EXISTS )?([\w.]+)": "drops a table that the running release may use",
    r"ALTER TABLE (?:ONLY )?([\w.]+)[^;]*?\bDROP COLUMN\b": "drops a column that the running release may use",
    r"ALTER TABLE (?:ONLY )?([\w.]+)[^;]*?\bRENAME\b": "renames what the running release may use",
}
NEW_TABLE = r"CREATE TABLE (?:IF NOT EXISTS )?([\w.]+)"
ALLOWED = "-- deploy: "  # with a reason, in a migration that somebody has judged


def check(registry: Registry, target: Target, pending: list[str]) -> None:
    """Raises `UserError` with everything that is wrong."""
    faults = [*_code(registry), *_secrets(target), *_region(target), *_migrations(pending)]
    if faults:
        raise UserError("; ".join(faults) + ".", "Nothing was changed. Correct this, and deploy again.")


def _code(registry: Registry) -> Iterator[str]:
    for name, function in registry.functions.items():
        main = function.folder / "main.py"
        if not main.is_file():
            yield f"functions.yaml names {name}, and {function.source} has no main.py"
        elif not re.search(rf"^async def {name}\(", main.read_text(encoding="utf-8"), re.MULTILINE):
            yield f"functions.yaml names {name}, and {function.source}/main.py does not define it"


def _secrets(target: Target) -> Iterator[str]:
    for name, version in target.secret_versions.items():
        try:
            state = gcloud(target.project, "secrets", "versions", "describe", version, f"--secret={name}")["state"]
        except ProgramError:
            state = "missing"
        if state != "ENABLED":
            yield f"version {version} of the secret {name} is {state.lower()}"


def _region(target: Target) -> Iterator[str]:
    location = gcloud(target.project, "storage", "buckets", "describe", f"gs://{target.state_bucket}")[
        "location"
    ].lower()
    if location != target.region:
        yield f"the region is {target.region}, and this project was set up in {location}"


def _migrations(pending: list[str], folder: Path = MIGRATIONS) -> Iterator[str]:
    if len(pending) == len([*folder.glob("*.sql")]):
        return  # a new database, which serves nobody yet
    yield from faults_of({file: (folder / file).read_text(encoding="utf-8") for file in pending})


def faults_of(migrations: Mapping[str, str]) -> Iterator[str]:
    """Why these migrations, by file, must not run while the previous release serves people."""
    new = {table for text in migrations.values() for table in re.findall(NEW_TABLE, text)}
    for file, text in migrations.items():
        if ALLOWED not in text:
            yield from (f"{file} {fault}" for fault in _faults_of_one(text, new))


def _faults_of_one(migration: str, new: Collection[str]) -> Iterator[str]:
    statements = re.sub(r"--[^\n]*", "", migration)
    for pattern, fault in (SLOW | GONE).items():
        for table in re.findall(pattern, statements):
            if table not in new:
                yield f"{fault}: {table}"
