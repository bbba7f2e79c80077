"""The cost of a feed and of a search, with a small and with a large catalogue."""

import time
from collections.abc import Iterator
from functools import partial
from statistics import median
from urllib.parse import urlencode
from uuid import UUID

import psycopg

from infra.bar import Bar
from infra.bench import dataset
from infra.bench.workbench import Workbench, medians_ms
from shared.ranking.candidates import BEST_PER_KIND, CANDIDATES, ROTATING_PER_KIND, picture_folder

TIMES = 500
SEARCH_TIMES = 200
SEARCHES = ("anxious", "sad music", "walk in the park", "anxeity", "traurig")
MORE_ITEMS = 90_000


def measure(bench: Workbench) -> Iterator[Bar]:
    few_ms, bare_ms, few_candidates_ms = _feed(bench)
    note = f"{few_ms:.2f} ms against {bare_ms:.2f} ms"
    yield Bar("GET /recommend, 10,000 items: p50 over a bare query's", few_ms / bare_ms, None, 5, note)
    yield from _searches(bench)
    dataset.enlarge(bench.server, MORE_ITEMS)
    many_ms, bare_later_ms, many_candidates_ms = _feed(bench)
    note = f"{many_ms:.2f} ms against {few_ms:.2f} ms, beside {bare_later_ms:.2f} ms and {bare_ms:.2f} ms bare"
    growth = many_ms / bare_later_ms / (few_ms / bare_ms)
    yield Bar("the same with 100,000 items, over 10,000, by the bare query", growth, None, 1.3, note)
    note = f"{many_candidates_ms:.2f} ms against {few_candidates_ms:.2f} ms, run once a minute"
    yield Bar("the candidates' query alone, 100,000 over 10,000", many_candidates_ms / few_candidates_ms, None, 2, note)


def _feed(bench: Workbench) -> tuple[float, float, float]:
    request, bare_request = bench.get("/?mood=sad"), bench.get("/")
    with bench.serve("recommend", request) as ours, bench.serve_bare("select", bare_request) as bare:
        ms = medians_ms(TIMES, {"ours": lambda: ours.send(request), "bare": lambda: bare.send(bare_request)})
    return ms["ours"], ms["bare"], _candidates_ms(bench)


def _searches(bench: Workbench) -> Iterator[Bar]:
    """Searches by a mood, by a mood and a kind, by words, with swapped letters, and in German."""
    bare_request = bench.get("/")
    for words in SEARCHES:
        request = bench.get(f"/content?{urlencode({'q': words})}")
        with bench.serve("recommend", request) as ours, bench.serve_bare("select", bare_request) as bare:
            ms = medians_ms(
                SEARCH_TIMES, {"ours": partial(ours.send, request), "bare": partial(bare.send, bare_request)}
            )
        note = f"{ms['ours']:.2f} ms against {ms['bare']:.2f} ms"
        yield Bar(
            f"`GET /content?q={words}`, 10,000 items: p50 over a bare query's", ms["ours"] / ms["bare"], None, 6, note
        )


def _candidates_ms(bench: Workbench) -> float:
    spent = []
    with psycopg.connect(bench.server.dsn("mend", dataset.ADMIN)) as conn:
        for number in range(50):
            params = {
                "mood": "sad",
                "best": BEST_PER_KIND,
                "rotating": ROTATING_PER_KIND,
                "rotation_start": UUID(int=(number << 122) + 1),
                "pictures": picture_folder(),
            }
            started = time.perf_counter()
            conn.execute(CANDIDATES, params).fetchall()
            spent.append((time.perf_counter() - started) * 1000)
    return median(spent)
