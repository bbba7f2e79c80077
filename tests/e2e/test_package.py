"""A function's zip runs in an environment that has its own requirements and nothing else."""

import hashlib
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

from infra.local.delivery import cloud_event_headers
from infra.packaging import package
from infra.registry import ROOT, registry
from shared.clock import utc_now
from shared.embedded import held
from shared.events import Event, as_message
from tests.conftest import Clone, sign_up

KEPT = ROOT / ".mend" / "test-venvs"  # by what they hold, so that they are made once
FUNCTIONS = registry().functions
FOLDERS = sorted({function.folder for function in FUNCTIONS.values()})
HTTP = registry().http
WAITING = [name for name in FUNCTIONS if name not in HTTP]
BOOT_SECONDS = 20


def environment(requirements: bytes) -> Path:
    """The programs of an environment with these requirements."""
    home = KEPT / hashlib.sha256(requirements + sys.version.encode()).hexdigest()[:16]
    home.mkdir(parents=True, exist_ok=True)
    with held(home / "lock"):
        if not (home / "complete").exists():
            venv.create(home / "venv", clear=True, with_pip=True)
            (home / "requirements.txt").write_bytes(requirements)
            pip = [str(home / "venv/bin/python"), "-m", "pip"]
            subprocess.run(
                [*pip, "install", "--quiet", "--require-hashes", "--requirement", home / "requirements.txt"], check=True
            )
            (home / "complete").touch()
    return home / "venv/bin"


@contextmanager
def served(target: str, folder: Path, database: Clone) -> Iterator[httpx.Client]:
    """The function as Cloud Run starts it: from the unzipped folder, with settings from outside."""
    with ZipFile(package(registry(), target, folder)) as archive:
        archive.extractall(folder)
    programs = environment((folder / "requirements.txt").read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(programs / "functions-framework"), "--target", target, "--host", "127.0.0.1", "--port", str(port)]
    environ = {"DATABASE_URL": database.dsn()}
    with (
        subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
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
    kind = FUNCTIONS[name].listens[0]
    event = Event(type=kind, user_id=sign_up(database), occurred_at=utc_now())
    message = as_message(event)

    with served(name, tmp_path, database) as client:
        answer = client.post("/", json=message, headers=cloud_event_headers(str(event.id), message))

    assert (answer.status_code, answer.text) == (200, "OK")
    assert database.rows("SELECT consumer FROM mend.event_claims WHERE event_id = %s", event.id) == [(name,)]
    assert database.value("SELECT count(*) FROM mend.dead_letters") == 0


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_package_is_the_same_to_the_byte_whenever_it_is_made(folder: Path, tmp_path: Path) -> None:
    """What has not changed need not be deployed again."""
    [name, *others] = [name for name, function in FUNCTIONS.items() if function.folder == folder]
    zips = [package(registry(), n, tmp_path / str(i)).read_bytes() for i, n in enumerate([name, name, *others])]

    assert len(set(zips)) == 1


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_package_holds_its_own_folder_and_shared_alone(folder: Path, tmp_path: Path) -> None:
    name = next(name for name, function in FUNCTIONS.items() if function.folder == folder)
    with ZipFile(package(registry(), name, tmp_path)) as archive:
        files = archive.namelist()

    assert {"main.py", "requirements.txt", "functions/__init__.py", "shared/settings.py"} < set(files)
    allowed = ("main.py", "requirements.txt", "functions/__init__.py", f"functions/{folder.name}/", "shared/")
    assert [file for file in files if not file.startswith(allowed) or "__pycache__" in file] == []


def test_requirements_name_no_index_and_carry_hashes() -> None:
    """Where packages come from is the machine's to say."""
    for folder in FOLDERS:
        lines = (folder / "requirements.txt").read_text().splitlines()

        assert [line for line in lines if "://" in line or line.startswith("-")] == []
        assert all("--hash=sha256:" in line for line in lines if line.startswith("    "))
