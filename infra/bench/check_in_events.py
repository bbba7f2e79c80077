"""What a check-in costs with all that it causes: wakes of the relay, and messages to the functions that listen.

Events are those that check-ins have put into the outbox. The relay publishes them to the tables that replace Pub/Sub on
a developer's machine, with the filters of `functions.yaml`, and each function is served as in production and gets its
messages as a push subscription would send them. At the end comes the tick of an hour, at which `insights_job` counts
changed days.
"""

import json
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, LiteralString, NamedTuple, TypeAlias
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from functions.insights.job.queries import COUNT_CHANGED_DAYS
from functions.insights.queries import coordinates
from infra.bench import dataset
from infra.bench.checkins import CHECK_IN
from infra.bench.plans import WEEK
from infra.bench.prices import Use
from infra.bench.request_costs import RequestCost, request_cost
from infra.bench.served_function import BenchRequest
from infra.bench.workbench import Workbench
from infra.local.database import open_bus
from infra.registry import registry
from shared.clock import utc_now
from shared.events import Event, push_message

PEOPLE = 240
DAYS = 60  # with a check-in, until yesterday
AT_A_MILESTONE, BEFORE_MILESTONE = 30, 49  # one person in so many has so few, so that today is a milestone
LONE_CHECK_INS = 2  # of each person: the first and the second of a day
AT_ONCE = 80  # events that wait when the relay is woken in a burst
HOURLY = "insights_job"  # called once for the check-ins of many
WAKE = BenchRequest("/", "POST", b"{}", {"Content-Type": "application/json"})
TIMESTAMP_BYTES = 20

Message: TypeAlias = dict[str, Any]  # the body of a push

INSERT_PEOPLE: LiteralString = """
    INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %s) RETURNING id
"""
WAITING: LiteralString = "SELECT id FROM mend.outbox WHERE published_at IS NULL ORDER BY id"
WITHHOLD: LiteralString = "UPDATE mend.outbox SET published_at = now() WHERE published_at IS NULL"
FORGET_CHANGED_DAYS: LiteralString = "TRUNCATE mend.changed_insight_days"
HAND_OVER: LiteralString = "UPDATE mend.outbox SET published_at = NULL, leased_until = NULL WHERE id = ANY(%s)"
MESSAGES: LiteralString = """
    UPDATE local.deliveries SET delivered_at = now() WHERE delivered_at IS NULL RETURNING function, message
"""


class EventCosts(NamedTuple):
    """Of so many check-ins: what a request of each function costs, how many each got, and what was published."""

    check_ins: int
    costs: Mapping[str, RequestCost]
    sent: Mapping[str, int]
    messages: int
    message_bytes: float  # the mean

    def use(self, function: str) -> Use:
        """What a check-in needs of a function."""
        return self.costs[function].use(self.sent[function] / self.check_ins)


class CheckInEvents:
    """People who have checked in each day until yesterday. They have no plan at first."""

    def __init__(self, bench: Workbench, admin: psycopg.Connection) -> None:
        self._bench = bench
        self._admin = admin
        open_bus(bench.server.dsn(), registry().deployed({}).subscriptions())
        people = [row[0] for row in admin.execute(INSERT_PEOPLE, (PEOPLE,)).fetchall()]
        for number, person in enumerate(people):
            days = DAYS if number % AT_A_MILESTONE else BEFORE_MILESTONE
            dataset.insert_history(admin, person, days, "1 day")
        admin.execute(COUNT_CHANGED_DAYS, {"people": people, "coordinates": Jsonb(coordinates()), "now": utc_now()})
        admin.execute(WITHHOLD)
        admin.execute("VACUUM (ANALYZE)")  # what other measurements have left is not to be counted here
        self._people = people
        self._tokens = [bench.issuer.token(person) for person in people]

    def lone(self) -> EventCosts:
        """The relay is woken for each event, so that no message holds two."""
        return self._costs(LONE_CHECK_INS, at_once=1)

    def burst(self) -> EventCosts:
        """Many events wait whenever the relay is woken."""
        return self._costs(LONE_CHECK_INS, at_once=AT_ONCE)

    def with_plans(self) -> EventCosts:
        """As for lone check-ins, after each person has made a plan."""
        with self._bench.serve("plan", self._bench.get("/")) as plans:
            for token in self._tokens:
                request = BenchRequest("/", "POST", json.dumps(WEEK).encode(), self._bench.headers(token))
                status, answer = plans.send(request)
                if status != 201:  # noqa: PLR2004
                    raise RuntimeError(f"{status}: {answer[:300]!r}")
        return self._costs(1, at_once=1)

    def _costs(self, check_ins: int, at_once: int) -> EventCosts:
        costs: dict[str, RequestCost] = {}
        sent: defaultdict[str, int] = defaultdict(int)
        sizes: dict[str, int] = {}

        def add(function: str, first: BenchRequest, requests: Iterable[BenchRequest], count: int) -> None:
            cost = request_cost(self._bench, self._admin, partial(self._bench.serve, function, first), requests)
            costs[function] = costs[function] + cost if function in costs else cost
            sent[function] += count

        self._admin.execute(FORGET_CHANGED_DAYS)  # of what other measurements have written
        for _ in range(check_ins):
            self._admin.execute(WITHHOLD)
            add("checkin", self._bench.get("/"), map(self._check_in, self._tokens), len(self._tokens))
            while ids := [row[0] for row in self._admin.execute(WAITING)]:
                self._admin.execute(WITHHOLD)
                add("relay", WAKE, self._wakes(ids, at_once), -(-len(ids) // at_once))
                for function, messages in self._messages().items():
                    add(function, push(messages[0]), map(push, messages[1:] or messages), len(messages))
                    sizes |= {each["message"]["messageId"]: message_bytes(each) for each in messages}
            one = Event(type="insights.requested", user_id=self._people[0], occurred_at=utc_now())
            everybody = Event(type="schedule.insights", occurred_at=utc_now())
            add(HOURLY, push(push_message(one)), [push(push_message(everybody))], 1)
        return EventCosts(check_ins * len(self._tokens), costs, sent, len(sizes), sum(sizes.values()) / len(sizes))

    def _check_in(self, token: str) -> BenchRequest:
        return BenchRequest("/", "POST", json.dumps(CHECK_IN).encode(), self._bench.headers(token))

    def _wakes(self, ids: Sequence[UUID], at_once: int) -> Iterator[BenchRequest]:
        """Wakes of the relay, each when so many events wait."""
        for start in range(0, len(ids), at_once):
            self._admin.execute(HAND_OVER, (list(ids[start : start + at_once]),))
            yield WAKE

    def _messages(self) -> dict[str, list[Message]]:
        """What the relay has published since, by the function that gets it."""
        messages: defaultdict[str, list[Message]] = defaultdict(list)
        for function, message in self._admin.execute(MESSAGES):
            messages[function].append(message)
        return messages


def push(message: Message) -> BenchRequest:
    return BenchRequest("/", "POST", json.dumps(message).encode(), {"Content-Type": "application/json"})


def message_bytes(push: Message) -> int:
    """The size of a message as Pub/Sub counts it."""
    message = push["message"]
    attributes = sum(len(name) + len(value) for name, value in message["attributes"].items())
    return len(b64decode(message["data"])) + attributes + TIMESTAMP_BYTES + len(message["messageId"])
