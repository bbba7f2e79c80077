"""Processor time per request, and dollars per million: `python -m infra.bench.costs` (docs/testing.md).

Functions are served as in production. Their requests are sent one after the other, so that they can be told apart, and
the bare functions' in the same run.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import repeat
from pathlib import Path

import psycopg

from infra.bar import Bar
from infra.bench import dataset
from infra.bench.bursts import measure_burst
from infra.bench.check_in_events import HOURLY, CheckInEvents, EventCosts
from infra.bench.checkins import CHECK_IN, INSERT
from infra.bench.plans import END, WEEK
from infra.bench.prices import (
    InstanceTime,
    Prices,
    Use,
    dollars_per_million,
    pubsub_dollars_per_million,
    read_prices,
)
from infra.bench.processor_time import ProcessorTime
from infra.bench.request_costs import RequestCost, request_cost
from infra.bench.served_function import BenchRequest
from infra.bench.workbench import Workbench
from infra.local.postgres import running
from infra.registry import ROOT, registry
from shared.moods import MOODS

TIMES = 300
BATCH = 20  # entries
MOST_INVOCATIONS = {"a lone check-in": 4, "a check-in of a burst": 2}
PROD = ROOT / "infra/terraform/prod.tfvars.json"


def measure(bench: Workbench) -> Iterator[Bar]:
    """Print the tables, and yield the bars."""
    with psycopg.connect(bench.server.dsn("mend", dataset.ADMIN), autocommit=True) as admin:
        bare = {name: _bare(bench, admin, name) for name in ("insert", "select")}
        others = dict(_other_requests(bench, admin))
        check_ins = CheckInEvents(bench, admin)
        lone, waiting, planned = check_ins.lone(), check_ins.burst(), check_ins.with_plans()
    burst = measure_burst()
    _print_processor_time(bare, others, lone, planned, waiting)
    sent = {name: count / burst.check_ins for name, count in burst.requests.items()}
    yield from [burst.bar, *_dollars(others, lone, waiting, sent)]  # after the tables


def _bare(bench: Workbench, admin: psycopg.Connection, name: str) -> RequestCost:
    request = bench.post("/", INSERT) if name == "insert" else bench.get("/")
    return request_cost(bench, admin, partial(bench.serve_bare, name, request), repeat(request, TIMES))


def _other_requests(bench: Workbench, admin: psycopg.Connection) -> Iterator[tuple[str, RequestCost]]:
    feed, history, week = bench.get("/?mood=sad"), bench.get("/?limit=50"), bench.post("/", WEEK)
    batch = bench.post("/batch", {"entries": [CHECK_IN] * BATCH})

    def plans() -> Iterator[BenchRequest]:
        for _ in range(TIMES):
            admin.execute(END)
            yield week

    for name, function, first, requests in (
        ("GET /recommend", "recommend", feed, repeat(feed, TIMES)),
        ("GET /checkin", "checkin", history, repeat(history, TIMES)),
        ("POST /plan", "plan", bench.get("/"), plans()),
        (f"POST /checkin/batch of {BATCH}", "checkin", history, repeat(batch, TIMES // 3)),
    ):
        yield name, request_cost(bench, admin, partial(bench.serve, function, first), requests)


def _print_processor_time(
    bare: Mapping[str, RequestCost],
    others: Mapping[str, RequestCost],
    lone: EventCosts,
    planned: EventCosts,
    waiting: EventCosts,
) -> None:
    """A request of each function, and a share of a request where one handles several events."""
    print("\n| Request | Python | Postgres | Python over bare | Postgres over bare | Round trips |")
    print("|---|---|---|---|---|---|")
    for name, cost in bare.items():
        _print_request(f"bare {name}", cost.processor, cost.round_trips, cost)
    for name, cost in others.items():
        _print_request(f"`{name}`", cost.processor, cost.round_trips, bare["select" if name[0] == "G" else "insert"])
    for name, cost in lone.costs.items():
        if name == HOURLY:
            continue
        _print_request(f"`{name}`, one event", cost.processor, cost.round_trips, bare["insert"])
    with_plan = planned.costs["plan_events"]
    _print_request("`plan_events`, one event, with a plan", with_plan.processor, with_plan.round_trips, bare["insert"])
    for name in [name for name in waiting.costs if name != "checkin"]:
        use = waiting.use(name)
        _print_request(f"`{name}`, of many: for each check-in", use, use.round_trips, bare["insert"])


def _print_request(name: str, processor: ProcessorTime | Use, round_trips: float, bare: RequestCost) -> None:
    python, postgres = processor.python * 1000, processor.postgres * 1000
    over = processor.python / bare.processor.python, processor.postgres / bare.processor.postgres
    print(f"| {name} | {python:.2f} ms | {postgres:.2f} ms | {over[0]:.1f} | {over[1]:.1f} | {round_trips:.1f} |")


def _dollars(
    others: Mapping[str, RequestCost], lone: EventCosts, waiting: EventCosts, sent: Mapping[str, float]
) -> Iterator[Bar]:
    prices, region = read_prices(), json.loads(PROD.read_text(encoding="utf-8"))["region"]
    number = prices.cloud_run.regions[region]
    print(f"\nDollars per million in {region} (tier {number}), by the list prices of {prices.read_on}:")
    yield from _check_in("a lone check-in", lone, {name: lone.use(name) for name in lone.costs}, prices, number)
    uses = {name: _use_in_burst(name, invocations, lone, waiting) for name, invocations in sent.items()}
    yield from _check_in("a check-in of a burst", waiting, uses | {HOURLY: waiting.use(HOURLY)}, prices, number)
    _print_head("a read")
    for name in ("GET /recommend", "GET /checkin"):
        cost, function = others[name], registry().functions[name.removeprefix("GET /")]
        dollars = dollars_per_million(cost.use(), function, prices.cloud_run, number)
        _print_dollars(f"`{name}`", 1, dollars)
        yield Bar(f"$ per million `{name}`, half used", dollars.half, None, 1)


def _use_in_burst(name: str, invocations: float, lone: EventCosts, waiting: EventCosts) -> Use:
    """What a check-in of a burst needs of a function that got so many requests for each.

    A function that gets only first check-ins of a day was measured with lone ones.
    """
    if name in waiting.costs:
        return waiting.use(name)._replace(invocations=invocations)
    return lone.costs[name].use(invocations)


def _check_in(what: str, costs: EventCosts, uses: Mapping[str, Use], prices: Prices, tier: int) -> Iterator[Bar]:
    published = costs.messages / costs.check_ins
    delivered = sum(use.invocations for name, use in uses.items() if name not in {"checkin", "relay"})
    pubsub = pubsub_dollars_per_million(published, delivered, costs.message_bytes, prices.pubsub)
    rows, total = _rows(uses, prices, tier, pubsub)
    _print_head(what)
    for name, dollars in rows.items():
        _print_dollars(f"`{name}`", uses[name].invocations, dollars)
    _print_dollars("Pub/Sub, messages", published + delivered, InstanceTime(pubsub, pubsub, pubsub))
    invocations = sum(use.invocations for use in uses.values())
    _print_dollars("together", invocations, total)
    note = ", ".join(f"{use.invocations:.2f} {name}" for name, use in uses.items())
    yield Bar(f"invocations of {what}", invocations, None, MOST_INVOCATIONS[what], note)
    elsewhere = ", ".join(
        f"in tier {other} {_rows(uses, prices, other, pubsub)[1].half:.2f}" for other in prices.cloud_run.tiers
    )
    note = f"packed {total.packed:.2f}, each request alone {total.alone:.2f}; half used {elsewhere}"
    yield Bar(f"$ per million of {what}, half used", total.half, None, 2, note)


def _rows(
    uses: Mapping[str, Use], prices: Prices, tier: int, pubsub: float
) -> tuple[dict[str, InstanceTime], InstanceTime]:
    """The dollars of each function, and of all of them and Pub/Sub."""
    functions = registry().functions
    rows = {name: dollars_per_million(use, functions[name], prices.cloud_run, tier) for name, use in uses.items()}
    return rows, InstanceTime(*(sum(column) + pubsub for column in zip(*rows.values(), strict=True)))


def _print_head(what: str) -> None:
    print(f"\n| For {what} | Invocations | Packed | Half used | Each alone |\n|---|---|---|---|---|")


def _print_dollars(name: str, invocations: float, dollars: InstanceTime) -> None:
    print(f"| {name} | {invocations:.2f} | {dollars.packed:.2f} | {dollars.half:.2f} | {dollars.alone:.2f} |")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mend-bench-") as folder, running(Path(folder)) as server:
        bench = Workbench(server, Path(folder), dataset.build(server, list(MOODS)))
        bars = list(measure(bench))
    print("", *(bar.line for bar in bars), sep="\n", flush=True)


if __name__ == "__main__":
    main()
