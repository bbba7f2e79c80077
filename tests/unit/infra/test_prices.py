"""The arithmetic of `make bench` for costs, worked by hand."""

import json

import pytest

from infra.bench.prices import (
    CloudRun,
    InstanceTime,
    PubSub,
    Tier,
    Use,
    dollars_per_million,
    gib,
    instance_time,
    pubsub_dollars_per_million,
    read_prices,
)
from infra.registry import ROOT, Function

TIER = Tier(vcpu_second=0.00003, gib_second=0.000004)
CLOUD_RUN = CloudRun(million_requests=0.4, step_seconds=0.1, tiers={1: TIER}, regions={"somewhere": 1})
PUBSUB = PubSub(tib=2**40 / 10**12, least_bytes=1000)  # a dollar for 10^12 bytes
FUNCTION = Function(
    source="functions/checkin",
    trigger="http",
    memory="512Mi",
    concurrency=16,
    cpu=1,
    max_instances=3,
    pool_size=4,
    timeout=60,
)
# Alone 1 ms + 1 ms + 2 round trips of 2 ms = 6 ms.
CHECK_IN = Use(invocations=1, python=0.001, postgres=0.001, round_trips=2)


def seconds(use: Use) -> InstanceTime:
    return instance_time(use, FUNCTION, CLOUD_RUN.step_seconds)


def test_a_packed_instance_has_as_many_requests_as_connections() -> None:
    """6 ms / 4 = 1.5 ms for each; half used, twice as long; alone, a whole step of 100 ms."""
    assert seconds(CHECK_IN) == pytest.approx((0.0015, 0.003, 0.1))


def test_a_function_with_fewer_requests_than_connections_shares_its_time_among_those() -> None:
    """6 ms / 2 = 3 ms. Half used, each request is alone: 6 ms."""
    narrow = FUNCTION.model_copy(update={"concurrency": 2})

    assert instance_time(CHECK_IN, narrow, 0.1) == pytest.approx((0.003, 0.006, 0.1))


def test_an_instance_is_no_busier_than_its_processor() -> None:
    """Alone 3 + 1 + 2 = 6 ms, and 6 ms / 4 would be less than the 3 ms that its processor works."""
    assert seconds(Use(1, 0.003, 0.001, 1)) == pytest.approx((0.003, 0.006, 0.1))


def test_a_half_used_instance_costs_no_more_than_a_request_alone() -> None:
    """Alone 3 + 1 = 4 ms; twice 3 ms would be 6 ms."""
    assert seconds(Use(1, 0.003, 0.001, 0)) == pytest.approx((0.003, 0.004, 0.1))


def test_a_lone_request_is_paid_for_in_steps() -> None:
    """250 ms are three steps of 100 ms."""
    assert seconds(Use(1, 0.25, 0, 0)).alone == pytest.approx(0.3)


def test_requests_that_serve_several_check_ins_are_rounded_once() -> None:
    """One request for two check-ins takes 12 ms, so one step for both: 50 ms for each."""
    assert seconds(CHECK_IN._replace(invocations=0.5)).alone == pytest.approx(0.05)


def test_a_function_that_gets_no_request_costs_nothing() -> None:
    assert seconds(Use(0, 0, 0, 0)) == (0, 0, 0)


def test_a_million_check_ins_cost_their_seconds_and_their_requests() -> None:
    """A second costs 0.00003 + 0.5 * 0.000004 = 0.000032. 1,500 s, 3,000 s and 100,000 s, and 0.40 for the requests."""
    assert dollars_per_million(CHECK_IN, FUNCTION, CLOUD_RUN, 1) == pytest.approx((0.448, 0.496, 3.6))


def test_a_small_message_costs_as_much_as_a_thousand_bytes() -> None:
    """A million times one publication and three deliveries: 4 * 10^9 bytes."""
    assert pubsub_dollars_per_million(1, 3, 300, PUBSUB) == pytest.approx(0.004)


def test_a_large_message_costs_its_bytes() -> None:
    """A million times a twentieth of a publication and of a delivery of 5,000 bytes: 0.1 * 5 * 10^9 bytes."""
    assert pubsub_dollars_per_million(0.05, 0.05, 5000, PUBSUB) == pytest.approx(0.0005)


@pytest.mark.parametrize(("memory", "size"), [("512Mi", 0.5), ("2Gi", 2)])
def test_memory_is_read_in_gibibytes(memory: str, size: float) -> None:
    assert gib(memory) == size


def test_every_environment_is_in_a_region_with_a_price() -> None:
    prices = read_prices().cloud_run
    regions = {json.loads(path.read_bytes())["region"] for path in (ROOT / "infra/terraform").glob("*.tfvars.json")}

    assert regions
    assert {prices.regions[region] for region in regions} <= prices.tiers.keys()
