"""A function imports the core and nothing heavy, for a fast cold start."""

import json
import subprocess
import sys

import pytest

from infra.registry import ROOT, registry

FRAMEWORK = {
    "blinker", "click", "cloudevents", "deprecation", "flask", "functions_framework", "itsdangerous", "jinja2",
    "markupsafe", "packaging", "python_multipart", "starlette", "anyio", "typing_extensions", "werkzeug",
    "sniffio",  # where it is installed, anyio imports it
}  # fmt: skip
CORE = {
    "annotated_types", "pydantic", "pydantic_core", "typing_inspection",
    "psycopg", "psycopg_binary", "psycopg_pool",
    "jwt", "cryptography",
}  # fmt: skip
# What else each folder may import. Clients of Google services are imported on first use.
ALLOWED: dict[str, set[str]] = {
    "checkin": set(),
    "companion": set(),
    "account": set(),
    "analytics": set(),
    # A job: no request waits for its start. httpx imports rich and pygments if they are installed.
    "content": {"httpx", "httpcore", "h11", "certifi", "idna", "rich", "pygments"},
    "ranking": {"numpy"},  # a nightly job
    "insights": set(),
    "insights/job": {"numpy"},  # a nightly job
    "pictures": set(),  # Pillow is imported by the process that decodes
    "plan": set(),
    "premium": set(),
    "notify": set(),
    "recommend": set(),
    "relay": set(),
}
FRAMEWORKS_OWN_GOOGLE = ("google.cloud.functions", "google.cloud.functions_v1")

LOADED = """
import importlib, json, sys
before = set(sys.modules)
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""
FOLDERS = sorted({function.package for function in registry().functions.values()})


@pytest.fixture(scope="module", params=FOLDERS)
def loaded(request: pytest.FixtureRequest) -> tuple[str, list[str]]:
    """A folder, and all modules that its main.py imports in a new process."""
    command = [sys.executable, "-c", LOADED, f"functions.{request.param.replace('/', '.')}.main"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return request.param, json.loads(output)


def test_every_folder_declares_what_it_imports() -> None:
    """A new capability adds its entry here."""
    assert set(FOLDERS) == ALLOWED.keys()


def test_a_function_imports_what_is_allowed_and_nothing_else(loaded: tuple[str, list[str]]) -> None:
    """No SDK, YAML parser or second HTTP client is imported by accident."""
    folder, modules = loaded
    roots = {name.partition(".")[0] for name in modules if not name.startswith("_")}
    third_party = roots - sys.stdlib_module_names - {"functions", "shared", "cython_runtime", "google"}

    assert third_party <= FRAMEWORK | CORE | ALLOWED[folder]
    assert third_party >= CORE


def test_a_function_imports_no_client_of_googles(loaded: tuple[str, list[str]]) -> None:
    """Firestore's costs 300 ms, and none of them survives the framework's fork."""
    _, modules = loaded
    google = [name for name in modules if name.startswith("google") and name not in {"google", "google.cloud"}]

    assert [name for name in google if not name.startswith(FRAMEWORKS_OWN_GOOGLE)] == []


def test_a_function_imports_no_other_function_and_no_tool(loaded: tuple[str, list[str]]) -> None:
    """Its folder and `shared` are all that is deployed with it."""
    folder, modules = loaded
    ours = {".".join(name.split(".")[:2]) for name in modules if name.startswith(("functions.", "infra", "tests"))}

    assert ours == {f"functions.{folder.partition('/')[0]}"}
