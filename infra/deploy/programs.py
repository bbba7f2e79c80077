"""Runs the programs of others that a deployment needs."""

import json
import subprocess
from pathlib import Path
from typing import Any

from infra.errors import UserError
from infra.registry import ROOT

TERRAFORM = ROOT / "infra/terraform"


class ProgramError(UserError):
    """A program failed."""


def output(*command: str | Path) -> str:
    """What the program printed. Raises `ProgramError` if it is missing or fails."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ProgramError(f"{command[0]} is not installed.", "Install it (docs/deploy.md).") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it printed nothing"]
        raise ProgramError(f"{' '.join(map(str, command[:3]))} failed: {lines[-1]}", "Correct that, and deploy again.")
    return done.stdout


def gcloud(project: str, *arguments: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(output("gcloud", *arguments, f"--project={project}", "--format=json", "--quiet") or "null")


def terraform(*arguments: str) -> str:
    return output("terraform", f"-chdir={TERRAFORM}", *arguments)


def answers(url: str) -> bool:
    """Whether a GET of this address is answered 200 within ten seconds."""
    try:
        output("curl", "--fail", "--silent", "--show-error", "--max-time", "10", "--output", "/dev/null", url)
    except ProgramError:
        return False
    return True
