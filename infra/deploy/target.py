"""An environment that is deployed to, as its variables describe it."""

import json
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from infra.deploy.programs import TERRAFORM
from infra.errors import UserError


class Target(BaseModel):
    """What a deployment itself reads of an environment's variables. Terraform reads and checks all of them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: str
    project: str
    region: str
    domain: str
    secret_versions: dict[str, str]

    @classmethod
    def read(cls, environment: str, folder: Path = TERRAFORM) -> Self:
        path = folder / f"{environment}.tfvars.json"
        if not path.is_file():
            raise UserError(f"There is no environment {environment!r}.", f"Write {path.name} (docs/deploy.md).")
        variables: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls.model_validate(variables)

    @property
    def variables(self) -> str:
        return f"-var-file={self.environment}.tfvars.json"

    @property
    def state_bucket(self) -> str:
        return f"{self.project}-terraform"

    def url(self, function: str, *, candidate: bool = False) -> str:
        return f"https://{self.domain}/{'candidate/' if candidate else ''}{function}/health"


def service_name(function: str) -> str:
    """Cloud Run allows no underscores."""
    return function.replace("_", "-")
