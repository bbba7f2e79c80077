"""The variables of each environment agree with `infra/functions.yaml`."""

import json
from pathlib import Path

import pytest

from infra.registry import ROOT, registry

ENVIRONMENTS = sorted(ROOT.glob("infra/terraform/*.tfvars.json"))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.name.partition(".")[0])
def test_an_environment_has_every_secret_that_it_needs(environment: Path) -> None:
    """What Terraform would refuse is found without Terraform."""
    secrets = {name for function in registry().functions.values() for name in function.secrets}
    versions = json.loads(environment.read_bytes())["secret_versions"]

    assert secrets - {*registry().optional_secrets} <= versions.keys()
