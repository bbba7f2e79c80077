"""Terraform or OpenTofu, with the Google provider's schema in place of the provider."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.registry import ROOT, registry

TERRAFORM = ROOT / "infra/terraform"
PROGRAM = next(filter(None, map(shutil.which, ("terraform", "tofu", str(ROOT / ".mend/tools/tofu")))), None)


def run(folder: Path, *arguments: str, environ: Mapping[str, str]) -> str:
    """What the command printed. Raises `AssertionError` with it if the command failed."""
    assert PROGRAM, "install Terraform 1.10 or later, or OpenTofu: sh infra/terraform/install.sh"
    quiet = {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    command = [PROGRAM, f"-chdir={folder}", *arguments]
    done = subprocess.run(
        command,
        env=os.environ | environ | quiet,  # noqa: TID251 - the programs of this machine
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy(folder: Path) -> Path:
    """A copy of our configuration, because Terraform writes beside it."""
    target = folder / "infra/terraform"
    shutil.copytree(TERRAFORM, target, ignore=shutil.ignore_patterns(".terraform*"))
    shutil.copy(ROOT / "infra/functions.yaml", target.parent)
    packages = {f.package: {"path": "none.zip", "digest": "0" * 12} for f in registry().functions.values()}
    (target / "packages.auto.tfvars.json").write_text(json.dumps({"packages": packages}))
    return target
