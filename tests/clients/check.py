"""Checks the OpenAPI document with a linter, with three generators of clients, and with the running stack.

Started by `make check-api`. The generators are in `.venv-clients` and in `node_modules` of this folder.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from infra.soak.local_stack import COMMAND, environment

HERE = Path(__file__).parent
GENERATED = HERE / "generated"
TOOLS = HERE.parent.parent / ".venv-clients" / "bin"
NODE_TOOLS = HERE / "node_modules" / ".bin"
# What openapi-generator says about itself, whatever the document: the last is about `additionalProperties: false`.
ABOUT_ITSELF = ("OpenAPI 3.1 support is still in beta", "The media-type '", "Failed to get the schema name: null")
README = HERE.parent.parent / "README.md"
README_URL = "http://127.0.0.1:8080"
SIGNED = "/premium/stripe"
REFUSED = (400, 415, 422)


def main() -> None:
    GENERATED.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, _stack(home := Path(folder)) as url:
        document = GENERATED / "openapi.json"
        described = httpx.get(f"{url}/openapi.json").json()
        document.write_text(json.dumps(described), encoding="utf-8")
        _lint(document)
        _generate_python(document, home)
        _generate_dart(document, home)
        token = _run(*COMMAND, "token", "ada@example.com", "--admin", env=environment(home)).strip()
        _run_typescript(document, url, token)
        _send_examples(described, url, token)


@contextmanager
def _stack(home: Path) -> Iterator[str]:
    """A stack with a home of its own, on a free port."""
    stack = subprocess.Popen([*COMMAND, "run"], env=environment(home), stdout=subprocess.PIPE, text=True)
    try:
        words = (stack.stdout.readline() if stack.stdout else "").split()
        url = next((word for word in words if word.startswith("http")), None)
        yield url.rstrip(",") if url else sys.exit("The stack does not start.")
    finally:
        stack.terminate()
        stack.wait()


def _run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """What the command prints. Ends this program if the command fails."""
    done = subprocess.run(command, cwd=HERE, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def _lint(document: Path) -> None:
    _run(NODE_TOOLS / "spectral", "lint", document, "--ruleset", "spectral.yaml", "--fail-severity", "hint")
    print("Spectral: no findings.")


def _generate_python(document: Path, home: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.defpath}"  # the generator formats with ruff
    command = (TOOLS / "openapi-python-client", "generate", "--fail-on-warning", "--config", "python_client.yaml")
    _run(*command, "--path", document, "--output-path", home / "python", env={"PATH": path})
    print("openapi-python-client: no warnings.")


def _generate_dart(document: Path, home: Path) -> None:
    if subprocess.run([TOOLS / "openapi-generator-cli", "version"], capture_output=True, check=False).returncode:
        print("openapi-generator, dart-dio: skipped, because there is no Java for this machine.")
        return
    said = _run(TOOLS / "openapi-generator-cli", "generate", "-g", "dart-dio", "-i", document, "-o", home / "dart")
    warnings = [line for line in said.splitlines() if " WARN " in line or " ERROR " in line]
    unexpected = [line for line in warnings if not any(text in line for text in ABOUT_ITSELF)]
    if unexpected:
        sys.exit("\n".join(["openapi-generator has warnings:", *unexpected]))
    print("openapi-generator, dart-dio: no warnings. Nothing is compiled: no registry has a Dart compiler.")


def _run_typescript(document: Path, url: str, token: str) -> None:
    """Compile and run the example of the README."""
    _run(NODE_TOOLS / "openapi-typescript", document, "--output", GENERATED / "api.d.ts")
    example = README.read_text(encoding="utf-8").partition("```ts\n")[2].partition("```")[0]
    (GENERATED / "example.ts").write_text(example.replace(README_URL, url), encoding="utf-8")
    _run(NODE_TOOLS / "tsc")
    said = _run(shutil.which("node") or "node", GENERATED / "example.js", env={"TOKEN": token})
    print(f"openapi-typescript: the example of the README compiles, and answers {said.strip()!r}.")


def _send_examples(described: dict[str, Any], url: str, token: str) -> None:
    """Send the example of every JSON body. An id of an example names nothing, so 404 and 409 are fine.

    The last one erases the account. Nobody but Stripe can sign its events.
    """
    refused = []
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        for method, path, example in sorted(_bodies(described), key=lambda body: body[0] == "DELETE"):
            if path == SIGNED:
                continue
            response = client.request(method, path, json=example)
            if response.status_code in REFUSED or response.is_server_error:
                refused.append(f"{method} {path}: {response.text}")
    if refused:
        sys.exit("\n".join(["The stack refuses examples:", *refused]))
    print("Every example of a body is accepted.")


def _bodies(described: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body:
                examples = {
                    parameter["name"]: parameter.get("example") for parameter in operation.get("parameters", ())
                }
                yield method.upper(), path.format_map(examples), body["example"]


if __name__ == "__main__":
    main()
