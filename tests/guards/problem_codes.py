"""All codes of problems, from the errors in the code: for docs/api.md, and for OpenAPI.

`python -m tests.guards.problem_codes` writes both anew.
"""

import ast
import importlib
import json
import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

from shared.errors import MendError

ROOT = Path(__file__).parents[2]
CODES = ROOT / "shared" / "http" / "problem_codes.json"
DOCUMENT = ROOT / "docs" / "api.md"
TABLE = re.compile(r"\| Status \| `code` \| `detail` in English \|\n(\|.*\n)+")


def modules_with_errors() -> Iterator[str]:
    """Modules that define classes with a parent, of which an error is one."""
    for part in ("functions", "shared"):
        for path in sorted((ROOT / part).rglob("*.py")):
            if any(isinstance(node, ast.ClassDef) and node.bases for node in ast.parse(path.read_text()).body):
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def errors() -> list[type[MendError]]:
    """Every error of ours with a code of its own, in the order of status and code."""
    for module in modules_with_errors():
        importlib.import_module(module)
    ours = [error for error in _subclasses(MendError) if error.__module__.split(".")[0] in {"functions", "shared"}]
    return sorted((error for error in ours if "code" in vars(error)), key=lambda error: (error.status, error.code))


def _subclasses(parent: type[MendError]) -> Iterator[type[MendError]]:
    yield parent
    for child in parent.__subclasses__():
        yield from _subclasses(child)


def codes() -> dict[str, int]:
    """The status of each code."""
    return {error.code: error.status for error in errors()}


def table() -> str:
    """The codes in Markdown. A sentence may say more where the error is raised."""
    rows = (f"| {e.status} | `{e.code}` | {' '.join(cleandoc(e.__doc__ or '').split())} |\n" for e in errors())
    return "| Status | `code` | `detail` in English |\n|---|---|---|\n" + "".join(rows)


def write() -> None:
    CODES.write_text(json.dumps(codes(), indent=1) + "\n")
    document = DOCUMENT.read_text()
    DOCUMENT.write_text(TABLE.sub(lambda _: table(), document))


if __name__ == "__main__":
    write()
