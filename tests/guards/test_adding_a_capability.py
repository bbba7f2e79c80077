"""Follows docs/adding-a-capability.md, and checks that the result passes the guards."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from infra.packaging import package
from infra.registry import ROOT, registry

PAGE = (ROOT / "docs/adding-a-capability.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^```\w+\n(?:#|--|<!--) (?P<path>[\w./-]+)(?P<where>, .+?)?(?: -->)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
LOCK = "functions/reflect/requirements.txt"
# In the package of `account`, which exports the rows of every capability.
CHANGED = {"shared/files/categories.py", "functions/account/archive/tables.toml"}
ADDED = {"functions/reflect/capability.toml"}
UNCHANGED_IMPORTS = "test_imports and not reflect and not declares"  # of the other folders
CHECKS = [
    "tests/guards/test_registry.py",
    "tests/guards/test_capabilities.py",
    "tests/guards/test_schema.py",
    "tests/guards/test_imports.py",
    "tests/access/test_tables.py::test_a_role_may_do_what_is_declared_and_nothing_else[mend_user]",
    "tests/access/test_tables.py::test_a_role_may_do_what_is_declared_and_nothing_else[mend_service]",
    "tests/integration/reflect",
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository to which the page was applied."""
    copy = tmp_path_factory.mktemp("mend")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    for block in BLOCK.finditer(PAGE):
        apply_block(copy / block["path"], block["where"], block["text"])
    shutil.copy(ROOT / "functions/account/requirements.txt", copy / LOCK)  # `make lock` needs a package index
    run(copy, "-c", "from infra.cli import main; main()", "data-map")
    return copy


def apply_block(path: Path, where: str | None, text: str) -> None:
    """Write a file, or add to it below a line or at the end."""
    if where is None:
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    before = path.read_text(encoding="utf-8")
    line = where.removeprefix(', below "').removesuffix('"') if "below" in where else before.splitlines()[-1]
    assert before.count(f"{line}\n") == 1
    path.write_text(before.replace(f"{line}\n", f"{line}\n{text}"), encoding="utf-8")


def contents(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environ = {"PYTHONPATH": str(tree), "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.timeout(300)  # it runs pytest, while other tests use the machine
def test_what_the_page_adds_passes_the_guards_and_its_own_test(tree: Path) -> None:
    """The page is complete: no step is missing."""
    run(tree, "-m", "pytest", "-n0", "-x", "-k", f"not ({UNCHANGED_IMPORTS})", *CHECKS)


def test_what_the_page_adds_can_be_deployed(tree: Path) -> None:
    """It has a package. In those of others only the list of categories and of what is collected changes."""
    run(tree, "-c", "from infra.cli import main; main()", "package", "reflect")
    run(tree, "-c", "from infra.cli import main; main()", "package", "account")

    assert (tree / "dist/reflect.zip").is_file()
    before, after = contents(package(registry(), "account", tree / "before")), contents(tree / "dist/account.zip")
    assert after.keys() - before.keys() == ADDED | {"functions/reflect/capability.toml"}
    assert {name for name, content in before.items() if content != after[name]} == CHANGED


def test_what_the_page_shows_is_well_written(tree: Path) -> None:
    """The linter and the formatter of the repository accept it."""
    paths = [block["path"] for block in BLOCK.finditer(PAGE) if block["path"].endswith(".py")]

    run(tree, "-m", "ruff", "check", *paths)
    run(tree, "-m", "ruff", "format", "--check", *paths)
