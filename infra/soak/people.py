"""People who use Mend as an app does: each request is repeated until it is answered, and they remember the answers."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import httpx

from shared.clock import utc_now
from shared.moods import MOODS

LONGEST_PAUSE_SECONDS = 4.0
RETRIED = {429, 503, 504}
INTERACTIONS = ("view", "start", "complete", "like", "dislike", "skip")
PLAN = {"current": "sad", "target": "peaceful", "duration": 7, "per_day": 2}
PREFERENCES = {
    "channels": {"push": True, "email": True, "in_app": True},
    "kinds": {"check_in": True, "plan": True, "insight": True, "weekly_summary": True, "streak": True},
    "quiet_hours": None,
    "max_per_day": 20,
}


class Contents(NamedTuple):
    """What a person wrote into an entry."""

    mood: str
    intensity: int
    note: str | None
    factors: list[str]
    occurred_at: datetime


class UnexpectedAnswer(Exception):
    """An answer that no repetition of the request explains."""


@dataclass
class Person:
    id: UUID
    token: str
    client: httpx.AsyncClient
    chance: random.Random
    answers: Counter[str]  # of all people: every status, and every kind of lost connection
    unexpected: Counter[str]
    entries: dict[UUID, Contents] = field(default_factory=dict)
    deleted: set[UUID] = field(default_factory=set)
    created: set[UUID] = field(default_factory=set)
    interactions: dict[UUID, str] = field(default_factory=dict)
    plans: list[UUID] = field(default_factory=list)
    finished: dict[UUID, str] = field(default_factory=dict)  # activities
    safety_plan: dict[str, list[str]] | None = None
    _planned: list[str] = field(default_factory=list)  # activities of the active plan
    _items: list[str] = field(default_factory=list)  # of the last feed
    _tag: str = ""  # of the safety plan

    @property
    def derived_interactions(self) -> dict[UUID, str]:
        """Those that `recommend` makes of finished activities."""
        kinds = {"done": "complete", "skipped": "skip"}
        return {uuid5(activity, status): kinds[status] for activity, status in self.finished.items()}

    async def live(self, mean_pause: float, ends_at: float) -> None:
        """Do something at random moments until `ends_at`, and finish what is begun then."""
        await self._attempt(self._want_reminders)
        while (pause := self.chance.expovariate(1 / mean_pause)) < ends_at - time.monotonic():
            await asyncio.sleep(pause)
            [action] = self.chance.choices([*ACTIONS], [*ACTIONS.values()])
            await self._attempt(lambda: action(self))  # noqa: B023 - awaited within the same turn

    async def _attempt(self, action: Callable[[], Awaitable[None]]) -> None:
        try:
            await action()
        except UnexpectedAnswer as answer:
            self.unexpected[str(answer)] += 1

    async def send(self, method: str, path: str, *accepted: int, **request: Any) -> httpx.Response:  # noqa: ANN401 - passed on to httpx
        """Send the same request until it is answered. Raises `UnexpectedAnswer`."""
        request.setdefault("headers", {})["Authorization"] = f"Bearer {self.token}"
        pause = 0.25
        while True:
            try:
                answer = await self.client.request(method, path, **request)
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.status_code in (200, 201, 204, *accepted):
                    return answer
                if answer.status_code not in RETRIED and "idempotency_key_in_use" not in answer.text:
                    raise UnexpectedAnswer(f"{method} /{path.split('/')[1]}: {answer.status_code} {answer.text[:300]}")
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def check_in(self) -> None:
        """With an id, an Idempotency-Key, or both: each makes a repetition safe."""
        contents, body, headers = self._contents(), {}, {}
        if (way := self.chance.randrange(3)) != 0:
            body["id"] = str(self._uuid())
        if way != 1:
            headers["Idempotency-Key"] = str(self._uuid())
        answer = await self.send("POST", "/checkin/", json=_json(contents) | body, headers=headers)
        entry = UUID(answer.json()["mood_id"])
        self.entries[entry] = contents
        self.created.add(entry)

    async def change(self) -> None:
        if entry := self._some_entry():
            contents = self._contents()
            await self.send("PATCH", f"/checkin/{entry}", json=_json(contents))
            self.entries[entry] = contents

    async def delete(self) -> None:
        if entry := self._some_entry():
            await self.send("DELETE", f"/checkin/{entry}", 404)  # 404: a lost answer was a success
            self._forget(entry)

    async def send_batch(self) -> None:
        """Two new entries, a changed one and a deleted one."""
        new = {self._uuid(): self._contents() for _ in range(2)}
        changed, deleted = {}, set()
        if len(self.entries) > 1:
            one, other = self.chance.sample([*self.entries], 2)
            changed, deleted = {one: self._contents()}, {other}
        edited_at = utc_now().isoformat()
        items = [
            {"id": str(id_), **_json(contents), "edited_at": edited_at} for id_, contents in (new | changed).items()
        ]
        items += [{"id": str(id_), "deleted": True} for id_ in deleted]
        await self.send("POST", "/checkin/batch", json={"entries": items})
        self.entries |= new | changed
        self.created |= new.keys()
        for entry in deleted:
            self._forget(entry)

    async def read(self) -> None:
        await self.send("GET", self.chance.choice(["/checkin/", "/checkin/streak", "/plan/", "/notify/inbox"]))

    async def read_feed(self) -> None:
        answer = await self.send("GET", "/recommend/?mood=sad")
        self._items = [item["content_id"] for item in answer.json()["items"]]

    async def interact(self) -> None:
        if self._items:
            draft, kind = self._uuid(), self.chance.choice(INTERACTIONS)
            body = {"id": str(draft), "content_id": self.chance.choice(self._items), "kind": kind}
            await self.send("POST", "/recommend/interactions", json=body)
            self.interactions[draft] = kind

    async def plan(self) -> None:
        """Finish an activity of the active plan, or replace the plan by a new one."""
        if self._planned and self.chance.random() < 0.8:  # noqa: PLR2004 - most of the time
            activity, status = self._planned.pop(), self.chance.choice(["done", "skipped"])
            path = f"/plan/{self.plans[-1]}/activities/{activity}"
            answer = await self.send("PATCH", path, 409, json={"status": status})
            if answer.is_success:  # otherwise it was replaced meanwhile
                self.finished[UUID(activity)] = status
            return
        if self.plans:
            await self.send("PATCH", f"/plan/{self.plans[-1]}", json={"status": "ended"})
        headers = {"Idempotency-Key": str(self._uuid())}
        answer = await self.send("POST", "/plan/", json=PLAN, headers=headers)
        self.plans.append(UUID(answer.json()["plan_id"]))
        days = answer.json()["preview"]["days"]
        self._planned = [activity["activity_id"] for day in days for activity in day["activities"]]

    async def write_safety_plan(self) -> None:
        lists = ("signs", "alone", "distractions", "people", "professionals", "safer_place")
        contents: dict[str, list[str]] = {name: [] for name in lists} | {"alone": [f"walk {self.chance.random()}"]}
        headers = {"If-Match": self._tag} if self._tag else {}
        answer = await self.send("PUT", "/account/safety-plan", json=contents, headers=headers)
        self.safety_plan, self._tag = contents, answer.headers["ETag"]

    async def _want_reminders(self) -> None:
        """On a device of their own, in each of the next six minutes."""
        await self.send("PUT", f"/notify/devices/device-{self.id}", json={"platform": "ios"})
        times = [f"{utc_now() + timedelta(minutes=minutes):%H:%M}" for minutes in range(1, 7)]
        await self.send("PUT", "/notify/preferences", json=PREFERENCES | {"check_in_times": times})

    def _contents(self) -> Contents:
        """Of the last twenty days, and of every second person not of today: they get reminders."""
        days = timedelta(days=self.chance.randrange(self.id.int % 2, 20), seconds=self.chance.randrange(60))
        note = self.chance.choice([None, f"note {self.chance.random()}"])
        factors = self.chance.sample(["sleep", "work", "friends"], 2)
        return Contents(self.chance.choice([*MOODS]), self.chance.randint(1, 10), note, factors, utc_now() - days)

    def _some_entry(self) -> UUID | None:
        return self.chance.choice([*self.entries]) if self.entries else None

    def _forget(self, entry: UUID) -> None:
        del self.entries[entry]
        self.deleted.add(entry)

    def _uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)


def _json(contents: Contents) -> dict[str, Any]:
    return {**contents._asdict(), "occurred_at": contents.occurred_at.isoformat()}


# What people do, and how often.
ACTIONS: dict[Callable[[Person], Awaitable[None]], int] = {
    Person.check_in: 6,
    Person.change: 3,
    Person.delete: 1,
    Person.send_batch: 1,
    Person.read: 4,
    Person.read_feed: 3,
    Person.interact: 3,
    Person.plan: 2,
    Person.write_safety_plan: 1,
}
