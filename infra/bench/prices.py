"""What requests cost in dollars. Pure arithmetic on figures that were measured, and on the prices of `prices.yaml`.

For a request, with the round trips to Postgres that it makes:

    alone = processor time of Python and of Postgres + round trips * 2 ms of network
    packed = max(alone / requests that an instance has at the same time, processor time of Python)
    half used = min(2 * packed, alone)

An instance is paid for while it has a request. Packed, it has as many as its concurrency allows and its pool has
connections for, and cannot be busier than its one vCPU. Half used, it answers half as many in the same time. Alone, it
has one request and then none, and what is paid for is rounded up to a step.

Times until an answer are not used, because they depend on what else the machine does. So how long Postgres waits for
its disk is not in the figures, nor what a start of an instance costs.
"""

from collections.abc import Mapping
from datetime import date
from math import ceil
from pathlib import Path
from typing import NamedTuple

import yaml

from infra.file_model import FileModel
from infra.registry import Function

FILE = Path(__file__).with_name("prices.yaml")
NETWORK_SECONDS = 0.002  # of a round trip to Postgres
MILLION = 1_000_000
UNITS = {"Mi": 2**20, "Gi": 2**30}


class Tier(FileModel):
    vcpu_second: float
    gib_second: float


class CloudRun(FileModel):
    million_requests: float
    step_seconds: float
    tiers: Mapping[int, Tier]
    regions: Mapping[str, int]


class PubSub(FileModel):
    tib: float
    least_bytes: int


class Prices(FileModel):
    read_on: date
    cloud_run: CloudRun
    pubsub: PubSub


class Use(NamedTuple):
    """What requests need of a function, for one check-in or for one read. Times are in seconds."""

    invocations: float
    python: float  # processor time
    postgres: float  # the same
    round_trips: float


class InstanceTime(NamedTuple):
    """Seconds that an instance is paid for, or dollars: fully used, half used, and with one request at a time."""

    packed: float
    half: float
    alone: float


def read_prices() -> Prices:
    return Prices.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def instance_time(use: Use, function: Function, step_seconds: float) -> InstanceTime:
    alone = use.python + use.postgres + use.round_trips * NETWORK_SECONDS
    packed = max(alone / min(function.concurrency, function.pool_size), use.python)
    steps = ceil(alone / use.invocations / step_seconds) if use.invocations else 0
    return InstanceTime(packed, min(2 * packed, alone), use.invocations * steps * step_seconds)


def dollars_per_million(use: Use, function: Function, prices: CloudRun, tier: int) -> InstanceTime:
    """What a million times this use costs, in regions of a tier."""
    price = prices.tiers[tier]
    second = function.cpu * price.vcpu_second + gib(function.memory) * price.gib_second
    requests = use.invocations * prices.million_requests
    return InstanceTime(*(MILLION * s * second + requests for s in instance_time(use, function, prices.step_seconds)))


def pubsub_dollars_per_million(published: float, delivered: float, message_bytes: float, prices: PubSub) -> float:
    """For so many messages of this size, each published and delivered in a request of its own."""
    size = max(message_bytes, prices.least_bytes)
    return MILLION * (published + delivered) * size * prices.tib / 2**40


def gib(memory: str) -> float:
    """`512Mi` in GiB."""
    return int(memory[:-2]) * UNITS[memory[-2:]] / 2**30
