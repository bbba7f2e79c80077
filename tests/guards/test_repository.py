"""Rules for all files, and for migrations, locks and documents."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from infra.registry import ROOT

MIGRATIONS = sorted((ROOT / "infra/supabase/migrations").glob("*"))
LOCKS = sorted([*ROOT.glob("requirements/*.txt"), *ROOT.glob("functions/**/requirements.txt")])
PIN = re.compile(r"([a-z0-9][\w.-]*(\[[\w,-]+\])?==\S+)( ; .+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")

# Put together here, so that this file does not hold them itself.
HOSTS = [".".join(name) for name in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("npmjs", "org"))]
PLACES = ["/" + place + "/" for place in ("home", "root", "Users", "work")] + ["index" + "-url", "find" + "-links"]
ALLOWED = {
    ("Makefile", "index" + "-url"): "an option that keeps it out of the locks",
    ("Makefile", "find" + "-links"): "an option that keeps it out of the locks",
    ("tests/e2e/test_package.py", "find" + "-links"): "of wheels that the tests have downloaded",
}


def tracked() -> list[Path]:
    """Every file that is, or is about to be, part of the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    return [path for path in (ROOT / os.fsdecode(name) for name in names if name) if path.is_file()]


def test_no_file_names_a_package_host_or_a_machines_path() -> None:
    """Package sources and paths are settings of each machine."""
    occurrences = {
        (str(path.relative_to(ROOT)), text)
        for path in tracked()
        for text in HOSTS + PLACES
        if text.encode() in path.read_bytes()
    }

    assert occurrences == ALLOWED.keys()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_is_pins_and_hashes(lock: Path) -> None:
    """Each package has one version and its hashes, and no source."""
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pins = [line for line in lines if not line.startswith(" ")]

    assert pins
    assert [line for line in lines if not (PIN.fullmatch(line) or HASH.fullmatch(line))] == []
    assert all(HASH.fullmatch(after) for line, after in zip(lines, [*lines[1:], ""], strict=True) if line in pins)


def test_all_locks_agree() -> None:
    """Tests use the same version of every package as the deployed functions. The scanner imports nothing of ours."""
    versions: dict[str, set[str]] = {}
    for lock in (lock for lock in LOCKS if lock.name != "scan.txt"):
        for line in lock.read_text(encoding="utf-8").splitlines():
            if pin := PIN.fullmatch(line):
                name, _, version = pin[1].partition("==")
                versions.setdefault(name, set()).add(version)

    assert {name: pins for name, pins in versions.items() if len(pins) > 1} == {}


def test_migrations_are_named_by_the_second_and_by_what_they_do() -> None:
    """`supabase db push` sorts them by these names, and two of one version would be one."""
    names = [path.name for path in MIGRATIONS]
    versions = [name.partition("_")[0] for name in names]

    assert [name for name in names if not re.fullmatch(r"\d{14}_[a-z]+(_[a-z]+)*\.sql", name)] == []
    assert len(versions) == len(set(versions))


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_a_migration_runs_on_a_known_schema(path: Path) -> None:
    """A migration runs once, so IF EXISTS and OR REPLACE would hide a mistake.

    Transactions, locks and settings belong to the tool that applies it. Only roles, which belong to the cluster, and
    extensions, which may be enabled by hand, may exist already.
    """
    text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))

    assert (
        re.findall(r"(?i)\bCREATE\s+(?!ROLE|EXTENSION)\w+(?:\s+\w+)?\s+IF\s+NOT\s+EXISTS|\bIF\s+EXISTS\s+\w+\.", text)
        == []
    )
    assert re.findall(r"(?i)\bOR\s+REPLACE\b|\bCONCURRENTLY\b|^\s*(?:BEGIN|COMMIT|ROLLBACK)\s*;", text) == []
    assert re.findall(r"(?m)^SET (?!LOCAL)\w+", text) == []


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_a_migration_names_the_schema_of_what_it_makes(path: Path) -> None:
    """The search path may differ where it is applied."""
    text = path.read_text(encoding="utf-8")
    objects = re.findall(r"(?i)CREATE (?:UNLOGGED )?(?:TABLE|FUNCTION|VIEW|TYPE|SEQUENCE) (\S+)", text)
    tables = re.findall(r"(?i)CREATE (?:UNIQUE )?INDEX \w+ ON (\S+)|ALTER TABLE (\S+)|POLICY \w+ ON (\S+)", text)

    named = [*objects, *(name for groups in tables for name in groups if name)]
    assert [name for name in named if not name.startswith(("public.", "mend."))] == []


def test_links_between_documents_lead_somewhere() -> None:
    """A document that was renamed takes its links along."""
    broken = [
        f"{path.name}: {target}"
        for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert broken == []
