"""The cost of reads of insights, for a person with a year of entries and for one with ten years."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from functions.insights.job.queries import COUNT_CHANGED_DAYS
from functions.insights.queries import coordinates
from infra.bar import Bar
from infra.bench.dataset import ADMIN
from infra.bench.served_function import BenchRequest
from infra.bench.workbench import Workbench, medians_ms
from shared.clock import utc_now

TIMES = 300
YEAR = 365  # days
PER_DAY = 3  # entries
BARS = {"/": 4, "/summary": 4, "/trend": None, "/patterns": None, "/factors": None}  # over a bare query

INSERT_PERSON: LiteralString = "INSERT INTO auth.users (id) VALUES (gen_random_uuid()) RETURNING id"
INSERT_ENTRIES: LiteralString = """
    INSERT INTO public.mood_entries
        (user_id, id, mood, intensity, factors, occurred_at, timezone, local_date, edited_at)
    SELECT %(person)s, gen_random_uuid(), (ARRAY['sad', 'calm', 'happy', 'anxious'])[1 + i %% 4], 1 + i %% 10,
           ARRAY['factor ' || i %% 40, 'factor ' || i %% 37], at, 'UTC', at::date, at
    FROM generate_series(1, %(count)s) AS i, LATERAL (SELECT %(now)s - i * interval '8 hours' AS at) AS moment
"""


def measure(bench: Workbench) -> Iterator[Bar]:
    now = utc_now()
    with psycopg.connect(bench.server.dsn("mend", ADMIN), autocommit=True) as conn:
        young, old = (bench.issuer.token(_person(conn, years, now)) for years in (1, 10))
        conn.execute("ANALYZE")
    for path, bar in BARS.items():
        yield from _read(bench, path, bench.get(path, young), bench.get(path, old), bar)
    year, decade = (f"/trend?from={now - timedelta(days=years * YEAR):%Y-%m-%d}" for years in (1, 10))
    yield from _read(bench, "/trend of all", bench.get(year, young), bench.get(decade, old), None)


def _read(bench: Workbench, name: str, year: BenchRequest, decade: BenchRequest, bar: float | None) -> Iterator[Bar]:
    with bench.serve("insights", year) as ours, bench.serve_bare("select", bench.get("/")) as bare:
        calls = {
            "year": partial(ours.send, year),
            "decade": partial(ours.send, decade),
            "bare": partial(bare.send, bench.get("/")),
        }
        ms = medians_ms(TIMES, calls)
    note = f"{ms['decade']:.2f} ms against {ms['bare']:.2f} ms"
    yield Bar(f"GET /insights{name}, ten years: p50 over a bare query's", ms["decade"] / ms["bare"], None, bar, note)
    note = f"{ms['decade']:.2f} ms against {ms['year']:.2f} ms"
    yield Bar("the same, ten years over one", ms["decade"] / ms["year"], None, 1.2, note)


def _person(conn: psycopg.Connection, years: int, now: datetime) -> UUID:
    [person] = conn.execute(INSERT_PERSON).fetchone() or [UUID(int=0)]
    conn.execute(INSERT_ENTRIES, {"person": person, "count": years * YEAR * PER_DAY, "now": now})
    conn.execute(COUNT_CHANGED_DAYS, {"people": [person], "coordinates": Jsonb(coordinates()), "now": utc_now()})
    return person
