"""The models with their limits and prices, from `models.yaml`."""

from collections.abc import MutableMapping
from decimal import ROUND_CEILING, Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, TypeAdapter

Dollars = Annotated[Decimal, Field(ge=0)]


class ModelPrice(BaseModel):
    """US dollars for a million tokens, which are millionths of a dollar for one token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Dollars
    output: Dollars
    cached: Dollars | None = None  # as for other input


class ModelLimits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    input_tokens: PositiveInt
    output_tokens: PositiveInt
    tools: bool = False  # it calls tools
    vision: bool = False  # it sees pictures
    price: ModelPrice | None = None


@cache
def model_limits() -> MutableMapping[str, ModelLimits]:
    import yaml

    rows = yaml.safe_load(Path(__file__).with_name("models.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, ModelLimits]).validate_python(rows)


def limits_of(name: str) -> ModelLimits:
    """The limits of a model, named as provider/model. Raises `KeyError` for one that is not known."""
    return model_limits()[name if name in model_limits() else _default(name)]


def is_known(name: str) -> bool:
    return {name, _default(name)} & model_limits().keys() != set()


def cost_micros(name: str, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> int | None:
    """What a reply of a model costs, in millionths of a US dollar, rounded up. None if the model has no price."""
    price = limits_of(name).price
    if price is None:
        return None
    cached = min(cached_tokens, input_tokens)
    cost = (input_tokens - cached) * price.input + output_tokens * price.output
    cost += cached * (price.input if price.cached is None else price.cached)
    return int(cost.to_integral_value(ROUND_CEILING))


def _default(name: str) -> str:
    return f"{name.partition('/')[0]}/default"
