"""`mend demo`: a person with a year of entries, a plan, learned likes and saved content, as a screenshot needs them.

The person agrees to every purpose. Entries are made from a seed and end today. Four effects on the mood are planted,
to see whether they are found:

| Factor | Valence | Felt |
|---|---|---|
| running | +0.35 | on the same day |
| argument | -0.45 | on the same day |
| wine | -0.35 | on the day after |
| an activity of the app | +0.35 | in the evening of that day |

Factors without an effect surround them. Everything is stored through the API, so that all rules apply.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

import httpx
from starlette.routing import Mount, Router

from infra.errors import UserError
from infra.local.apps import load_apps
from infra.registry import registry
from shared.clock import at_wall_time, zone
from shared.diary_csv import HEADING, ExportEntry, csv_lines
from shared.moods import MOODS

DAYS = 365
ENTRY_IDS = UUID("3f1f4b52-7a55-4a0e-8a7b-0d3f8d0c9e77")
ZONE = "Europe/Berlin"
SAME_DAY = {"running": 0.35, "argument": -0.45}
DAY_AFTER = {"wine": -0.35}
HOW_OFTEN = {"running": 0.3, "argument": 0.12, "wine": 0.2, "work": 0.6, "friends": 0.25, "reading": 0.3, "coffee": 0.7}
USUAL_VALENCE = 0.15
SPREAD = 0.25  # of the mood around what the factors say
ANSWERED = 0.85  # of the mornings and evenings
TIMES = (time(8, 10), time(20, 40))
AFTERNOON = time(16, 30)  # the evening is within the window in which an activity shows its effect
NOTES = ("A slow start.", "Long talk on the phone.", "Finished the thing at last.", "Rain all day.", "Slept well.")
LIKED_KINDS, DISLIKED_KIND = ("movement", "nature"), "film"
LIKES, DISLIKES, SAVED = 8, 5, 3
ACTIVITY_DAYS = range(7, 7 + 2 * LIKES, 2)  # ago: each activity has an evening of its own, and none still rests
EVENING_AFTER = 0.35  # the valence of an evening after an activity, more than of other evenings


@dataclass(frozen=True)
class Demo:
    """What was stored."""

    entries: int
    likes: int
    saved: int
    has_plan: bool


def entries_until(now: datetime, person: UUID, seed: int) -> list[ExportEntry]:
    """A year of entries, the last one at most as late as `now`. The same seed and day give the same entries."""
    chance = Random(f"{seed} {person}")  # noqa: S311 - nothing secret
    today = now.astimezone(zone(ZONE)).date()
    entries: list[ExportEntry] = []
    before: set[str] = set()
    for day in (today - timedelta(days=number) for number in reversed(range(DAYS))):
        factors = {name for name, share in HOW_OFTEN.items() if chance.random() < share}
        valence = _valence(factors, before)
        lift = EVENING_AFTER if (today - day).days in ACTIVITY_DAYS else 0.0
        entries += _entries_of(day, person, factors, (valence, valence + lift), chance)
        before = factors
    return [entry for entry in entries if entry.occurred_at <= now]


async def store(token: str, person: UUID, now: datetime, seed: int) -> Demo:
    """Store the person's year. A repetition adds only what is missing."""
    apps = load_apps(registry(), ("checkin", "recommend", "plan", "account"))
    router = Router([Mount(f"/{name}", app) for name, app in apps.items()])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(router),
        base_url="http://functions.local",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    ) as client:
        await _ask(client, "PATCH", "/account/profile", json={"timezone": ZONE, "display_name": "Robin"})
        for consent in (await _ask(client, "GET", "/account/consents"))["consents"]:
            decision = {"granted": True, "version": consent["version"]}
            await _ask(client, "PUT", f"/account/consents/{consent['purpose']}", json=decision)
        csv = (HEADING + csv_lines(entries_until(now, person, seed))).encode()
        imported = await _ask(client, "POST", "/checkin/import", content=csv, headers={"Content-Type": "text/csv"})
        liked = await _like(client, person, now)
        for item in liked[-SAVED:]:
            await _ask(client, "PUT", f"/recommend/saved/{item}")
        plan = await client.post("/plan/", json={"target": "peaceful", "duration": 7})
        return Demo(imported["imported"], len(liked), len(liked[-SAVED:]), plan.is_success or plan.status_code == 409)  # noqa: PLR2004


def _valence(factors: set[str], before: set[str]) -> float:
    same_day = sum(effect for name, effect in SAME_DAY.items() if name in factors)
    return USUAL_VALENCE + same_day + sum(effect for name, effect in DAY_AFTER.items() if name in before)


def _entries_of(
    day: date, person: UUID, factors: set[str], valences: Sequence[float], chance: Random
) -> Iterator[ExportEntry]:
    for wall, valence in zip(TIMES, valences, strict=True):
        is_answered = chance.random() < ANSWERED
        moment = at_wall_time(day, wall, zone(ZONE)) + timedelta(minutes=chance.randrange(50))
        mood = _mood(chance.gauss(valence, SPREAD), chance)
        note = chance.choice(NOTES) if chance.random() < 0.1 else None  # noqa: PLR2004 - one in ten
        intensity = chance.randint(3, 8)
        if is_answered:
            id_ = uuid5(ENTRY_IDS, f"{person} {day} {wall}")
            yield ExportEntry(id_, moment, ZONE, mood, intensity, note, tuple(sorted(factors)))


def _mood(valence: float, chance: Random) -> str:
    """One of the four moods that are nearest to this valence."""
    return chance.choice(sorted(MOODS, key=lambda name: abs(MOODS[name].valence - valence))[:4])


async def _like(client: httpx.AsyncClient, person: UUID, now: datetime) -> list[str]:
    """Like and complete items of two kinds, and dislike some of another. Returns the ids of the liked ones."""
    liked = [item for kind in LIKED_KINDS for item in await _items(client, kind, LIKES // len(LIKED_KINDS))]
    disliked = await _items(client, DISLIKED_KIND, DISLIKES)
    kinds = [*((item, kind) for item in liked for kind in ("complete", "like")), *((i, "dislike") for i in disliked)]
    today = now.astimezone(zone(ZONE)).date()
    days = {item: ACTIVITY_DAYS[place % LIKES] for place, item in enumerate([*liked, *disliked])}
    queue = [
        {
            "id": str(uuid5(ENTRY_IDS, f"{person} {item} {kind}")),
            "content_id": item,
            "kind": kind,
            "occurred_at": at_wall_time(today - timedelta(days=days[item]), AFTERNOON, zone(ZONE)).isoformat(),
        }
        for item, kind in kinds
    ]
    await _ask(client, "POST", "/recommend/interactions/batch", json={"entries": queue})
    return liked


async def _items(client: httpx.AsyncClient, kind: str, count: int) -> Sequence[str]:
    page = await _ask(client, "GET", "/recommend/content", params={"kind": kind, "limit": count})
    return [item["content_id"] for item in page["items"]]


async def _ask(client: httpx.AsyncClient, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 - JSON
    answer = await client.request(method, path, **request)
    if not answer.is_success:
        raise UserError(f"{method} {path} answered {answer.status_code}.", "Read the log, and try again.")
    return answer.json() if answer.content else None
