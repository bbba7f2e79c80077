"""The Terraform configuration is valid, formatted, and says what functions.yaml says. No test needs a network."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.provider_schema.server import served
from tests.deploy.terraform import TERRAFORM, copy, run

INIT = ("init", "-backend=false", "-input=false", "-no-color")
MODULES = [".", "derived", "bootstrap"]


@pytest.fixture(scope="module")
def provider() -> Iterator[Mapping[str, str]]:
    with served() as environ:
        yield environ


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, provider: Mapping[str, str]) -> Path:
    copied = copy(tmp_path_factory.mktemp("terraform"))
    for module in MODULES:
        run(copied / module, *INIT, environ=provider)
    return copied


def test_it_is_formatted() -> None:
    run(TERRAFORM, "fmt", "-check", "-recursive", environ={})


@pytest.mark.parametrize("module", MODULES)
def test_it_fits_the_schema_of_the_provider(module: str, folder: Path, provider: Mapping[str, str]) -> None:
    """Every argument exists, has its type, and none that is required is missing."""
    run(folder / module, "validate", environ=provider)


def test_an_argument_that_does_not_exist_is_noticed(folder: Path, provider: Mapping[str, str]) -> None:
    """The schema is really asked."""
    wrong = folder / "wrong.tf"
    wrong.write_text('resource "google_pubsub_topic" "wrong" {\n  name = "wrong"\n  kind = "push"\n}\n')
    try:
        with pytest.raises(AssertionError, match="Unsupported argument"):
            run(folder, "validate", "-no-color", environ=provider)
    finally:
        wrong.unlink()


def test_what_is_derived_from_the_list_of_functions(folder: Path) -> None:
    """The tests beside the module pass."""
    run(folder / "derived", "test", "-no-color", environ={})


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_an_environment_is_what_functions_yaml_says(
    environment: str, folder: Path, provider: Mapping[str, str]
) -> None:
    """Services, subscriptions and schedules are those of the list, and all connections fit the pooler."""
    run(folder, "test", "-no-color", f"-var-file={environment}.tfvars.json", environ=provider)
