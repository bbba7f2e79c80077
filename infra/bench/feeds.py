"""What a feed costs, and whether a large catalogue makes it cost more."""

import time
from collections.abc import Iterator
from statistics import median
from uuid import UUID

import psycopg

from infra.bench import world
from infra.bench.bar import Bar
from infra.bench.setting import Setting, medians_ms
from shared.ranking.candidates import BEST_PER_KIND, CANDIDATES, ROTATING_PER_KIND

TIMES = 500
MORE_ITEMS = 90_000


def measured(setting: Setting) -> Iterator[Bar]:
    few_ms, bare_ms, few_candidates_ms = _feed(setting)
    seen = f"{few_ms:.2f} ms against {bare_ms:.2f} ms"
    yield Bar("GET /recommend, 10,000 items: p50 over a bare query's", few_ms / bare_ms, "  ", 5, seen)
    world.enlarge(setting.server, MORE_ITEMS)
    many_ms, then_bare_ms, many_candidates_ms = _feed(setting)
    seen = f"{many_ms:.2f} ms against {few_ms:.2f} ms, beside {then_bare_ms:.2f} ms and {bare_ms:.2f} ms bare"
    slower = many_ms / then_bare_ms / (few_ms / bare_ms)
    yield Bar("the same with 100,000 items, over 10,000, by the bare query", slower, "  ", 1.3, seen)
    seen = f"{many_candidates_ms:.2f} ms against {few_candidates_ms:.2f} ms, asked once a minute"
    yield Bar("the candidates' query alone, 100,000 over 10,000", many_candidates_ms / few_candidates_ms, "  ", 2, seen)


def _feed(setting: Setting) -> tuple[float, float, float]:
    ask, ask_bare = setting.get("/?mood=sad"), setting.get("/")
    with setting.serve("recommend", ask) as ours, setting.serve_bare("select", ask_bare) as bare:
        ms = medians_ms(TIMES, {"ours": lambda: ours.send(ask), "bare": lambda: bare.send(ask_bare)})
    return ms["ours"], ms["bare"], _candidates_ms(setting)


def _candidates_ms(setting: Setting) -> float:
    spent = []
    with psycopg.connect(setting.server.dsn("mend", world.ADMIN)) as conn:
        for place in range(50):
            asked = {
                "mood": "sad",
                "best": BEST_PER_KIND,
                "rotating": ROTATING_PER_KIND,
                "rotation_start": UUID(int=(place << 122) + 1),
            }
            began = time.perf_counter()
            conn.execute(CANDIDATES, asked).fetchall()
            spent.append((time.perf_counter() - began) * 1000)
    return median(spent)
