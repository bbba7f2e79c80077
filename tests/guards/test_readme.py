"""Runs the commands of README, and compares their answers with those shown."""

import json
import re
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from infra.registry import ROOT
from infra.soak.local_stack import environment
from tests.e2e.test_stack import running

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match[1], match[2]) for match in BLOCK.finditer(README)]
TARGETS = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
URL = "http://127.0.0.1:8080"

# Commands for make start or end the stack themselves; all others are run against one.
COMMANDS = [text for language, text in BLOCKS if language == "sh" and not text.startswith("make ")]
ANSWERS = [(command, json.loads(answer)) for (_, command), (language, answer) in pairwise(BLOCKS) if language == "json"]


def run(text: str, home: Path, url: str) -> str:
    """Run commands as in a shell at the root of the repository, after `make run` has installed everything."""
    mend = home / "mend"
    mend.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from infra.cli import main; main()" "$@"\n')
    mend.chmod(0o700)
    script = "set -e\n" + text.replace(".venv/bin/mend", str(mend)).replace(URL, url)
    done = subprocess.run(
        ["sh", "-c", script], cwd=ROOT, env=environment(home), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def matches(actual: Any, example: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether an answer has every field of the example. `...`, and a string in a list of objects, allow more."""
    if isinstance(example, dict):
        return isinstance(actual, dict) and all(
            name in actual and matches(actual[name], part) for name, part in example.items() if name != "..."
        )
    if isinstance(example, list):
        parts = [part for part in example if isinstance(part, dict)]
        return isinstance(actual, list) and len(actual) >= len(parts) and all(map(matches, actual, parts))
    return type(actual) is type(example) or example == "..."


def test_there_is_something_to_run() -> None:
    """A README that shows no call, or no answer, shows nothing."""
    assert any("curl" in text for text in COMMANDS)
    assert ANSWERS


def test_make_knows_what_it_is_told_to_make() -> None:
    """Every target that README names exists."""
    called = re.findall(r"(?:^|`)make ([a-z]+)(?:`|$)", README, re.MULTILINE)

    assert {*called} >= {"run", "test"}
    assert {*called} <= TARGETS


def test_the_commands_run_and_answer_as_shown() -> None:
    """They run against the stack of `make run`, unchanged but for the port."""
    with tempfile.TemporaryDirectory(prefix="mend-") as home, running(Path(home)) as stack:
        url = str(stack.client.base_url).rstrip("/")
        outputs = {text: run(text, Path(home), url) for text in COMMANDS}
        stack.end()

    for text, answer in ANSWERS:
        actual = json.loads(outputs[text])
        assert "status" not in actual, actual
        assert matches(actual, answer)
