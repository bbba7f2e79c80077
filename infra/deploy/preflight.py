"""What must be true before a deployment changes anything."""

import re
from collections.abc import Iterator
from pathlib import Path

from infra.deploy.migration_faults import faults_of
from infra.deploy.programs import ProgramError, gcloud
from infra.deploy.target import Target
from infra.errors import UserError
from infra.migrate import MIGRATIONS
from infra.registry import Registry


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
