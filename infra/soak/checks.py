"""What must be true after faults: what was acknowledged is there once, and what is derived fits what is stored."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from functions.checkin import live as streak
from functions.notify import live as inbox
from functions.plan import live as plan_today
from infra.local.state import LATEST_EVENTS, EventRow, state_of
from infra.registry import registry
from infra.soak.people import Contents, Person
from shared.clock import utc_now
from shared.db import Database

SHOWN = 5
REFUSALS = {"503", "504"}
BUILDERS = [(document.DOCUMENT_NAME, document.build) for document in (streak, plan_today, inbox)]

ENTRIES: LiteralString = "SELECT user_id, id, mood, intensity, note, factors, occurred_at FROM public.mood_entries"
INTERACTIONS: LiteralString = "SELECT user_id, id, kind FROM public.user_interactions"
PLANS: LiteralString = "SELECT user_id, id, status FROM public.elevation_plans"
FINISHED: LiteralString = "SELECT user_id, id, status FROM public.plan_activities WHERE status IN ('done', 'skipped')"
SAFETY_PLANS: LiteralString = "SELECT user_id, user_id, contents FROM public.safety_plans"
WRONG_STREAKS: LiteralString = """
    SELECT s.user_id, (s.current, s.longest, s.last_day)::text, c::text
    FROM public.user_streaks AS s LEFT JOIN public.user_profiles AS p USING (user_id),
         mend.count_streak(s.user_id, coalesce(p.timezone, 'UTC'), coalesce(p.day_starts_at, '00:00')) AS c
    WHERE (s.current, s.longest, s.last_day) IS DISTINCT FROM (c.current, c.longest, c.last_day)
"""
RECORDED: LiteralString = """
    SELECT user_id, jsonb_array_elements_text(data -> 'entry_ids')::uuid FROM mend.outbox WHERE type = 'mood.recorded'
"""
DELIVERIES: LiteralString = "SELECT function, delivered_at IS NOT NULL FROM local.deliveries"
LATE_DOCUMENTS: LiteralString = "SELECT user_id, name FROM mend.live_documents_due"
DEAD_LETTERS: LiteralString = "SELECT consumer, reason FROM mend.dead_letters"
DOCUMENTS: LiteralString = "SELECT user_id, name, document FROM public.live_documents"
PUSHES: LiteralString = "SELECT token, key FROM local.pushes"

Rows = dict[tuple[UUID, UUID], Any]


class Check(NamedTuple):
    name: str
    total: int
    faults: list[str]

    def __str__(self) -> str:
        shown = "".join(f"\n      {fault}" for fault in self.faults[:SHOWN])
        return f"{'FAIL' if self.faults else 'ok  '}  {self.name}: {self.total}, {len(self.faults)} wrong{shown}"


async def run_checks(people: Sequence[Person], owner_dsn: str, database: Database) -> list[Check]:
    with psycopg.connect(owner_dsn) as conn:
        return [
            *_acknowledged(conn, people),
            Check("streaks that equal a count of the entries", len(people), _texts(conn.execute(WRONG_STREAKS))),
            await _live_documents(conn, people, database),
            *_events(conn, people),
            _repeats("pushes, each sent once", conn.execute(PUSHES).fetchall()),
            *_answers(people[0]),
        ]


def _acknowledged(conn: psycopg.Connection, people: Sequence[Person]) -> Iterator[Check]:
    entries = {(user, id_): Contents(*contents) for user, id_, *contents in conn.execute(ENTRIES)}
    yield _same("entries", entries, {(p.id, id_): contents for p in people for id_, contents in p.entries.items()})
    deleted = {(person.id, id_) for person in people for id_ in person.deleted}
    yield Check("deleted entries", len(deleted), [f"{key} is back" for key in deleted & entries.keys()])
    interactions = {
        (p.id, id_): kind for p in people for id_, kind in (p.interactions | p.derived_interactions).items()
    }
    yield _same("interactions", _rows(conn, INTERACTIONS), interactions)
    plans = {(p.id, id_): "active" if id_ == p.plans[-1] else "ended" for p in people for id_ in p.plans}
    yield _same("plans", _rows(conn, PLANS), plans)
    finished = {(p.id, id_): status for p in people for id_, status in p.finished.items()}
    yield _same("finished activities", _rows(conn, FINISHED), finished)
    safety_plans = {(p.id, p.id): p.safety_plan for p in people if p.safety_plan}
    yield _same("safety plans", _rows(conn, SAFETY_PLANS), safety_plans)


def _rows(conn: psycopg.Connection, statement: LiteralString) -> Rows:
    return {(user, id_): value for user, id_, value in conn.execute(statement)}


def _same(name: str, actual: Mapping[tuple[UUID, UUID], Any], expected: Mapping[tuple[UUID, UUID], Any]) -> Check:
    faults = [f"{key} is lost" for key in expected.keys() - actual.keys()]
    faults += [f"{key} was not acknowledged" for key in actual.keys() - expected.keys()]
    faults += [f"{key} differs" for key in actual.keys() & expected.keys() if actual[key] != expected[key]]
    return Check(f"{name} as acknowledged", len(expected), faults)


async def _live_documents(conn: psycopg.Connection, people: Sequence[Person], database: Database) -> Check:
    """All but the feed, which is made at random. It may be missing where it has nothing to show."""
    stored = {(user, name): document for user, name, document in conn.execute(DOCUMENTS)}
    faults = []
    for person in people:
        for name, build in BUILDERS:
            async with database.service() as service:
                built = await build(service, person.id, utc_now())
            document, fields = stored.get((person.id, name)), dict(built.fields if built else {})
            if document != fields and (document or any(fields.values())):
                faults.append(f"{name} of {person.id} is out of date")
    late = [f"{name} of {user} is late" for user, name in conn.execute(LATE_DOCUMENTS)]
    return Check("live documents that equal the record", len(people) * len(BUILDERS), faults + late)


def _events(conn: psycopg.Connection, people: Sequence[Person]) -> Iterator[Check]:
    with conn.cursor(row_factory=class_row(EventRow)) as cursor:
        listed = registry().deployed({})
        params = {"consumers": list(listed.functions), "limit": None}
        states = [(event, state_of(event, listed)) for event in cursor.execute(LATEST_EVENTS, params)]
    unhandled = [f"{event.type} {event.id}: {state}" for event, state in states if state != "handled"]
    yield Check("events that every function has handled", len(states), unhandled)
    deliveries = conn.execute(DELIVERIES).fetchall()
    waiting = Counter(function for function, delivered in deliveries if not delivered)
    yield Check("deliveries, none of them waiting", len(deliveries), [*map(str, waiting.items())])
    yield Check("events, none of them parked", len(states), _texts(conn.execute(DEAD_LETTERS)))
    recorded = conn.execute(RECORDED).fetchall()
    created = {(person.id, id_) for person in people for id_ in person.created}
    silent = [f"{key} has no event" for key in created - {*recorded}]
    repeated = _repeats("new entries, each with one event", recorded)
    yield repeated._replace(faults=repeated.faults + silent)


def _repeats(name: str, rows: Sequence[tuple[Any, ...]]) -> Check:
    return Check(name, len(rows), [f"{row}: {count} times" for row, count in Counter(rows).items() if count > 1])


def _answers(person: Person) -> Iterator[Check]:
    """Statuses and unexpected answers are counted for all people together."""
    errors = {status: count for status, count in person.answers.items() if status.startswith("5")}
    faults = [f"{status}: {count} times" for status, count in errors.items() if status not in REFUSALS]
    yield Check(f"answers with 5xx {errors}, none but 503 and 504", sum(errors.values()), faults)
    unexpected = [f"{answer}: {count} times" for answer, count in person.unexpected.items()]
    yield Check(f"requests {dict(person.answers)}, all answered", person.answers.total(), unexpected)


def _texts(rows: psycopg.Cursor[Any]) -> list[str]:
    return [str(row) for row in rows]
