"""The models and their limits, from `models.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, PositiveInt, TypeAdapter


class ModelLimits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    input_tokens: PositiveInt
    output_tokens: PositiveInt


@cache
def model_limits() -> Mapping[str, ModelLimits]:
    import yaml

    rows = yaml.safe_load(Path(__file__).with_name("models.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, ModelLimits]).validate_python(rows)


def limits_of(name: str) -> ModelLimits:
    """The limits of a model, named as provider/model. Raises `KeyError` for one that is not known."""
    return model_limits()[name if name in model_limits() else _default(name)]


def is_known(name: str) -> bool:
    return {name, _default(name)} & model_limits().keys() != set()


def _default(name: str) -> str:
    return f"{name.partition('/')[0]}/default"
