"""A function's zip runs in an environment that has its own requirements and nothing else."""

import ast
import hashlib
import re
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Moment
from zipfile import ZipFile

import httpx
import pytest

from infra.local.event_delivery import cloud_event_headers
from infra.packaging import package
from infra.registry import ROOT, registry
from shared.events import push_message
from shared.file_lock import held
from tests.conftest import Clone, clock_setting, sign_up
from tests.event_delivery import event_for

PINNED = ROOT / "requirements" / "local.txt"  # of all functions together
ENVIRONMENTS = ROOT / ".mend" / "test-venvs"  # by the hash of their requirements, for reuse
FUNCTIONS = registry().functions
FOLDERS = sorted({function.folder for function in FUNCTIONS.values()})
HTTP = registry().http
PROGRAMS = {"functions/pictures/renderer.py"}  # started as processes, and imported nowhere
DECLARATIONS = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("functions/*/capability.toml")}
WAITING = [name for name in FUNCTIONS if name not in HTTP]
BOOT_SECONDS = 60
MIB = 2**20
INSTALLER = re.compile("pip|setuptools|wheel|_distutils_hack")
# These compute with numpy: nightly jobs, and the output gate, whose encoder takes 32 MiB.
INSTALLED_MIB = {"functions/insights/job": 118, "functions/ranking": 118, "functions/companion": 160}

pytestmark = pytest.mark.timeout(900)  # the first test downloads what all need


def within_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def environment(requirements: bytes) -> Path:
    """The programs of an environment with these requirements."""
    home = ENVIRONMENTS / digest(requirements)
    home.mkdir(parents=True, exist_ok=True)
    with held(home / "lock"):
        if not (home / "complete").exists():
            venv.create(home / "venv", clear=True)
            (home / "requirements.txt").write_bytes(requirements)
            source = ("--no-index", "--find-links", wheels())
            pip("--python", home / "venv/bin/python", "install", "--no-compile", *source, home / "requirements.txt")
            (home / "complete").touch()
    return home / "venv/bin"


def wheels() -> Path:
    """The wheels for all environments, from the index once: to ask it takes most of the time of an installation."""
    home = ENVIRONMENTS / f"wheels-{digest(PINNED.read_bytes())}"
    home.mkdir(parents=True, exist_ok=True)
    with held(home / "lock"):
        if not (home / "complete").exists():
            pip("download", "--no-deps", "--dest", home, PINNED)
            (home / "complete").touch()
    return home


def digest(requirements: bytes) -> str:
    return hashlib.sha256(requirements + sys.version.encode()).hexdigest()[:16]


def pip(*arguments: str | Path) -> None:
    """Call pip. The last argument is a file of requirements."""
    *others, pinned = arguments
    command = [sys.executable, "-m", "pip", "--quiet", *others, "--require-hashes", "--requirement", pinned]
    subprocess.run(command, check=True)


def unpacked(folder: Path, out: Path) -> set[str]:
    """The names of a folder's packaged files, which lie in `out` afterwards."""
    name = next(name for name, function in FUNCTIONS.items() if function.folder == folder)
    path = package(registry(), name, out)
    with ZipFile(path) as archive:
        archive.extractall(out)
        files = set(archive.namelist())
    path.unlink()
    return files


def imports(root: Path, file: str) -> Iterator[str]:
    """The files of this repository that a file imports, in any place, except under TYPE_CHECKING."""
    for node in walked(ast.parse((root / file).read_bytes())):
        match node:
            case ast.Import(names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                modules = [module, *(f"{module}.{alias.name}" for alias in names)]
            case _:
                continue
        for module in modules:
            place = module.replace(".", "/")
            yield from (path for path in (f"{place}.py", f"{place}/__init__.py") if (ROOT / path).is_file())


def walked(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from walked(child)


@contextmanager
def served(target: str, folder: Path, database: Clone) -> Iterator[httpx.Client]:
    """The function as Cloud Run starts it: from the unzipped folder, with settings from outside."""
    unpacked(FUNCTIONS[target].folder, folder)
    programs = environment((folder / "requirements.txt").read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(programs / "functions-framework"), "--target", target, "--host", "127.0.0.1", "--port", str(port)]
    environ = {"DATABASE_URL": database.dsn(), **clock_setting()}
    with (
        subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        try:
            wait_for(client, process)
            yield client
        finally:
            process.terminate()


def wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(BOOT_SECONDS * 20):
        with suppress(httpx.TransportError):
            client.get("/robots.txt")
            return
        assert process.poll() is None, "it ended instead of serving"
        Moment().wait(0.05)
    raise TimeoutError


@pytest.mark.parametrize("name", HTTP)
def test_a_packaged_http_function_is_healthy(name: str, tmp_path: Path, database: Clone) -> None:
    """It finds all it imports, and its database."""
    with served(name, tmp_path, database) as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/openapi.json").json()["info"]["title"] == f"Mend: {name}"


@pytest.mark.parametrize("name", WAITING)
def test_a_packaged_event_function_handles_an_event(name: str, tmp_path: Path, database: Clone) -> None:
    """It takes the CloudEvent that Eventarc sends, and claims the event for itself."""
    event = event_for(name, sign_up(database))
    message = push_message(event)

    with served(name, tmp_path, database) as client:
        answer = client.post("/", json=message, headers=cloud_event_headers(str(event.id), message))

    assert (answer.status_code, answer.text) == (200, "OK")
    assert database.rows("SELECT consumer FROM mend.event_claims WHERE event_id = %s", event.id) == [(name,)]
    assert database.value("SELECT count(*) FROM mend.dead_letters") == 0


def test_a_package_without_a_database_url_says_what_is_missing(tmp_path: Path) -> None:
    """It carries no database of its own, and starts none."""
    with ZipFile(package(registry(), "account", tmp_path)) as archive:
        archive.extractall(tmp_path)
    python = environment((tmp_path / "requirements.txt").read_bytes()) / "python"
    ping = "import asyncio; from shared.services import services; asyncio.run(services().database.ping())"

    ended = subprocess.run([python, "-c", ping], cwd=tmp_path, env={}, capture_output=True, text=True, check=False)

    assert ended.stderr.splitlines()[-1].startswith("shared.db.DatabaseUrlMissing: DATABASE_URL is not set")


@pytest.mark.parametrize("folder", FOLDERS, ids=within_root)
def test_a_package_is_the_same_to_the_byte_whenever_it_is_made(folder: Path, tmp_path: Path) -> None:
    """What has not changed need not be deployed again."""
    [name, *others] = [name for name, function in FUNCTIONS.items() if function.folder == folder]
    zips = [package(registry(), n, tmp_path / str(i)).read_bytes() for i, n in enumerate([name, name, *others])]

    assert len(set(zips)) == 1


@pytest.mark.parametrize("folder", FOLDERS, ids=within_root)
def test_a_package_is_small_when_it_is_installed(folder: Path, tmp_path: Path) -> None:
    """Its files and those of its requirements take at most 95 MiB, without bytecode and installers."""
    unpacked(folder, tmp_path)
    programs = environment((tmp_path / "requirements.txt").read_bytes())
    [packages] = programs.parent.glob("lib/python*/site-packages")

    size = sum(map(size_of, [tmp_path, *(path for path in packages.iterdir() if not INSTALLER.match(path.name))]))

    assert size <= INSTALLED_MIB.get(within_root(folder), 95) * MIB


def size_of(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file() and "__pycache__" not in file.parts)


@pytest.mark.parametrize("folder", FOLDERS, ids=within_root)
def test_a_package_can_import_all_that_it_holds(folder: Path, tmp_path: Path) -> None:
    """Alone, with its own requirements: also the modules that are imported only when they are needed."""
    unpacked(folder, tmp_path)
    modules = [".".join(path.relative_to(tmp_path).with_suffix("").parts) for path in tmp_path.rglob("*.py")]
    programs = environment((folder / "requirements.txt").read_bytes())
    code = "import importlib, sys; [*map(importlib.import_module, sys.argv[1:])]"
    command = [str(programs / "python"), "-c", code, *modules]

    imported = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=False)

    assert imported.returncode == 0, imported.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=within_root)
def test_a_package_holds_what_it_imports_and_no_more(folder: Path, tmp_path: Path) -> None:
    """Checked in its source: every module of this repository that any line imports is in the package.

    A file that no line imports is not, except data beside a module and the declarations of other capabilities.
    """
    files = unpacked(folder, tmp_path)
    modules = {file for file in files if file.endswith(".py")}
    imported = {"main.py", *(path for file in modules for path in imports(tmp_path, file))}
    packages = {f"{parent}/__init__.py" for path in imported for parent in Path(path).parents if parent.name}
    data = {file for file in files - modules if not file.startswith(f"{within_root(folder)}/")}
    beside = {
        file
        for file in data
        if file.startswith(("shared/", "functions/"))
        and not packages.isdisjoint(f"{folder}/__init__.py" for folder in Path(file).parents)
    }

    assert modules - PROGRAMS == imported | packages
    assert data - beside - DECLARATIONS == {"requirements.txt"}


def test_requirements_name_no_index_and_carry_hashes() -> None:
    """Where packages come from is the machine's to say."""
    for folder in FOLDERS:
        lines = (folder / "requirements.txt").read_text().splitlines()

        assert [line for line in lines if "://" in line or line.startswith("-")] == []
        assert all("--hash=sha256:" in line for line in lines if line.startswith("    "))


def test_a_package_has_every_data_file_of_the_safety_gate(tmp_path: Path) -> None:
    """Without its signs, texts or weights, the gate would fail for every text. The companion has both gates."""
    files = unpacked(FUNCTIONS["companion"].folder, tmp_path)
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "shared/safety").rglob("*") if path.is_file()}

    assert {file for file in data if not file.endswith((".py", ".pyc"))} <= files
