"""docs/adding-a-capability.md is followed, not trusted: what it adds passes the guards."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.packaging import package
from infra.registry import ROOT, registry

PAGE = (ROOT / "docs/adding-a-capability.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^```\w+\n(?:#|--|<!--) (?P<path>[\w./-]+)(?P<where>, .+?)?(?: -->)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
LOCKED = "functions/reflect/requirements.txt"
OF_OTHERS = "test_imports and not reflect and not declares"  # what the other folders import has not changed
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
    """A copy of the repository in which somebody did what the page says."""
    copy = tmp_path_factory.mktemp("mend")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    for block in BLOCK.finditer(PAGE):
        follow(copy / block["path"], block["where"], block["text"])
    shutil.copy(ROOT / "functions/account/requirements.txt", copy / LOCKED)  # `make lock` would ask the registry
    return copy


def follow(path: Path, where: str | None, text: str) -> None:
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


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environ = {"PYTHONPATH": str(tree), "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.timeout(300)  # a test run within a test, where others may run beside it
def test_what_the_page_adds_passes_the_guards_and_its_own_test(tree: Path) -> None:
    """Nobody has to know more than the page to add a capability."""
    run(tree, "-m", "pytest", "-n0", "-x", "-k", f"not ({OF_OTHERS})", *CHECKS)


def test_what_the_page_adds_can_be_deployed(tree: Path) -> None:
    """Its zip is made from its folder, beside those of all others, which stay what they were."""
    run(tree, "-c", "from infra.cli import main; main()", "package", "reflect")
    run(tree, "-c", "from infra.cli import main; main()", "package", "account")

    assert (tree / "dist/reflect.zip").is_file()
    assert (tree / "dist/account.zip").read_bytes() == package(registry(), "account", tree / "before").read_bytes()


def test_what_the_page_shows_is_well_written(tree: Path) -> None:
    """By the same linter and formatter as everything else."""
    written = [block["path"] for block in BLOCK.finditer(PAGE) if block["path"].endswith(".py")]

    run(tree, "-m", "ruff", "check", *written)
    run(tree, "-m", "ruff", "format", "--check", *written)
