"""For every route, a request for data of one person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from infra.seed import CONTENT, read
from tests.conftest import LATE_REMINDERS
from tests.sample_files import PNG

NOTE = "canary-note-of-the-owner"
FACTOR = "canary-factor-of-the-owner"
NAME = "canary-name-of-the-owner"
TITLE = "canary-title-of-the-owner"
CANARIES = (NOTE, FACTOR, NAME, TITLE)
KEY = "one-key-for-two-people"
PLAN_KEY = "another-key-for-two-people"
DAY = "2026-02-03"
MOMENT = f"{DAY}T10:00:00Z"
MEASURE = {"name": "Sleep", "date": DAY}
SAD = {"mood": "sad", "intensity": 7}
NOBODYS = UUID(int=0)


@dataclass(frozen=True)
class Things:
    """The ids of a person's data."""

    entry: UUID
    cursor: str
    export: bytes
    interaction: UUID
    saved_cursor: str
    inbox_cursor: str
    plan: UUID = NOBODYS
    activity: UUID = NOBODYS
    plan_cursor: str = ""
    insight: UUID = NOBODYS  # the id of an experiment as well
    archive: bytes = b""
    conversation: UUID = NOBODYS
    reply: UUID = NOBODYS
    avatar: UUID = NOBODYS
    attachment: UUID = NOBODYS
    measure: UUID = NOBODYS


Ask = Callable[[Things], dict[str, Any]]  # the parts of a request, as httpx takes them


def nothing(_: Things) -> dict[str, Any]:
    return {}


def check_in(things: Things) -> dict[str, Any]:
    return {"json": SAD | {"id": str(things.entry), "occurred_at": MOMENT}, "headers": {"Idempotency-Key": KEY}}


def queue(things: Things) -> dict[str, Any]:
    """A later version of an entry, then its deletion, as a batch."""
    later = SAD | {"id": str(things.entry), "occurred_at": MOMENT, "note": "changed"}
    return {"json": {"entries": [later, {"id": str(things.entry), "deleted": True}]}}


def diary(things: Things) -> dict[str, Any]:
    content = things.export.replace(FACTOR.encode(), b"work")  # the response repeats the factors of the file
    return {"content": content, "headers": {"Content-Type": "text/csv"}}


ITEM, OTHER_ITEM = (str(row["id"]) for row in read(CONTENT)[:2])  # of the catalogue, which is everybody's
OFFER = {"kind": "book", "title": "A book", "body": "Read a page of it.", "minutes": 5, "effort": 1, "fits": ["sad"]}
OFFER |= {"leads": [0.5, 0.0], "tags": [], "repeatable": False}


WISHES = {
    "channels": {"push": True, "email": True, "in_app": True},
    "kinds": {"check_in": True, "plan": True, "insight": True, "weekly_summary": True, "streak": False},
    "quiet_hours": None,
    "check_in_times": ["09:00"],
    "max_per_day": 3,
}


SAFETY_PLAN: dict[str, Any] = {
    "signs": [NOTE],
    "alone": [],
    "distractions": [],
    "people": [{"name": NAME, "phone": "0171 5550134"}],
    "professionals": [],
    "safer_place": [],
}
WHATEVER_IS_THERE = {"headers": {"If-Match": "*"}}


def interaction(things: Things) -> dict[str, Any]:
    return {"id": str(things.interaction), "content_id": ITEM, "kind": "like", "occurred_at": MOMENT}


def make_plan(_: Things) -> dict[str, Any]:
    body = {"current": "sad", "target": "calm", "reminders": LATE_REMINDERS}
    return {"json": body, "headers": {"Idempotency-Key": PLAN_KEY}}


ASKS: dict[str, Ask] = {
    "checkin GET /moods": nothing,
    "checkin POST /": check_in,
    "checkin GET /": lambda things: {"params": {"cursor": things.cursor}},
    "checkin POST /batch": queue,
    "checkin GET /streak": nothing,
    "checkin GET /factors": nothing,
    "checkin POST /import": diary,
    "checkin GET /export.csv": nothing,
    "checkin GET /{id:uuid}": nothing,
    "checkin PATCH /{id:uuid}": lambda _: {"json": {"note": "changed"}},
    "checkin DELETE /{id:uuid}": nothing,
    "checkin GET /health": nothing,
    "checkin GET /openapi.json": nothing,
    "premium GET /entitlements": nothing,
    "premium POST /checkout": nothing,
    "premium POST /portal": nothing,
    "premium POST /stripe": nothing,
    "premium GET /health": nothing,
    "premium GET /openapi.json": nothing,
    "account GET /connections": nothing,
    "account POST /connections/{provider:str}": nothing,
    "account GET /connections/callback": lambda _: {"params": {"state": "of-nobody", "code": "of-nobody"}},
    "account DELETE /connections/{provider:str}": nothing,
    "account PUT /connections/spotify/player": lambda _: {"json": {"content_id": ITEM}},
    "account DELETE /": lambda _: {"json": {"confirm": "erase everything"}},
    "account GET /receipts/{id:uuid}": nothing,
    "account GET /receipt-key": nothing,
    "account GET /profile": nothing,
    "account GET /me": nothing,
    "account PUT /age-signal": lambda _: {"json": {"lower": 13, "upper": 15, "status": "SUPERVISED"}},
    "account GET /guardian": nothing,
    "account PUT /guardian": lambda _: {"json": {"email": "parent@example.org"}},
    "account DELETE /guardian": nothing,
    "account GET /guardian/{guardian_link:guardian}": nothing,
    "account POST /guardian/{guardian_link:guardian}/allow": nothing,
    "account POST /guardian/{guardian_link:guardian}/refuse": nothing,
    "account GET /help-lines": nothing,
    "account GET /options": nothing,
    "account GET /sessions": nothing,
    "account DELETE /sessions/{id:uuid}": nothing,
    "account POST /firebase-token": nothing,
    "account GET /consents": nothing,
    "account PUT /consents/{purpose:str}": lambda _: {"json": {"granted": False, "version": "2026-11-27"}},
    "account PATCH /profile": lambda _: {"json": {"display_name": "changed"}},
    "account POST /avatar": lambda _: {"json": {"media_type": "image/png"}},
    "account PUT /avatar": lambda _: {"files": {"file": ("x.png", PNG)}},
    "account PUT /avatar/{id:uuid}": nothing,
    "account GET /avatar": nothing,
    "account DELETE /avatar": nothing,
    "account POST /attachments": lambda _: {"json": {"media_type": "image/png"}},
    "account PUT /attachments/{id:uuid}": nothing,
    "account GET /attachments/{id:uuid}": nothing,
    "account DELETE /attachments/{id:uuid}": nothing,
    "account DELETE /care": nothing,
    "account POST /support-opened": lambda _: {"json": {"grade": "explicit"}},
    "account POST /harm-reports": lambda _: {"json": {"words": "changed", "consent": True}},
    "account DELETE /harm-reports": nothing,
    "account GET /guides/worried-about-someone": nothing,
    "account GET /safety-plan": nothing,
    "account PUT /safety-plan": lambda _: {"json": SAFETY_PLAN | {"alone": ["changed"]}} | WHATEVER_IS_THERE,
    "account DELETE /safety-plan": lambda _: WHATEVER_IS_THERE,
    "account GET /safety-plan.html": nothing,
    "account GET /export": nothing,
    "account POST /import": lambda things: {"content": things.archive, "headers": {"Content-Type": "application/zip"}},
    "account GET /access-log": nothing,
    "account POST /support-access": lambda _: {"json": {"person": str(NOBODYS), "reason": "A question.", "minutes": 5}},
    "account GET /support/{id:uuid}": nothing,
    "account GET /health": nothing,
    "account GET /openapi.json": nothing,
    "recommend GET /": nothing,
    "plan POST /": make_plan,
    "plan GET /": lambda things: {"params": {"cursor": things.plan_cursor}},
    "plan GET /journeys": nothing,
    "plan GET /today": nothing,
    "plan GET /{id:uuid}": nothing,
    "plan PATCH /{id:uuid}": lambda _: {"json": {"reminders": False}},
    "plan PATCH /{id:uuid}/activities/{activity_id:uuid}": lambda _: {"json": {"status": "done"}},
    "plan POST /{id:uuid}/activities/{activity_id:uuid}/swap": nothing,
    "plan GET /{id:uuid}/progress": nothing,
    "plan GET /{id:uuid}/progress.svg": nothing,
    "plan GET /{id:uuid}/calendar.ics": nothing,
    "plan POST /{id:uuid}/calendar-link": nothing,
    "plan DELETE /{id:uuid}/calendar-link": nothing,
    "plan GET /calendar/{key:uuid}.ics": nothing,
    "plan GET /health": nothing,
    "plan GET /openapi.json": nothing,
    "insights GET /": nothing,
    "insights POST /refresh": nothing,
    "insights GET /{id:uuid}": nothing,
    "insights PATCH /{id:uuid}": lambda _: {"json": {"status": "seen"}},
    "insights POST /experiments": lambda _: {"json": {"kind": "music"}},
    "insights GET /experiments": nothing,
    "insights GET /experiments/{id:uuid}": nothing,
    "insights PATCH /experiments/{id:uuid}": lambda _: {"json": {"status": "stopped"}},
    "insights GET /reviews": nothing,
    "insights GET /summary": nothing,
    "insights GET /trend": nothing,
    "insights GET /patterns": nothing,
    "insights GET /calendar": nothing,
    "insights GET /factors": nothing,
    "insights GET /measures": nothing,
    "insights GET /on-this-day": nothing,
    "insights GET /metrics": nothing,
    "insights GET /report.pdf": nothing,
    "insights GET /charts/trend.svg": nothing,
    "insights GET /charts/patterns.svg": nothing,
    "insights GET /charts/calendar.svg": nothing,
    "insights GET /charts/factors.svg": nothing,
    "insights GET /charts/trend.html": nothing,
    "insights GET /charts/patterns.html": nothing,
    "insights GET /charts/calendar.html": nothing,
    "insights GET /charts/factors.html": nothing,
    "insights GET /compare": lambda _: {"params": {"marker": DAY}},
    "insights PATCH /factors": lambda _: {"json": {"factor": "work", "hidden": True}},
    "insights POST /measures": lambda _: {"json": MEASURE | {"value": 7.5}},
    "insights POST /measures/import": lambda _: {
        "content": f"date,name,value\n{DAY},Steps,9\n".encode(),
        "headers": {"Content-Type": "text/csv"},
    },
    "insights GET /measures/{id:uuid}/values": nothing,
    "insights DELETE /measures/{id:uuid}/values": lambda _: {"params": {"date": DAY}},
    "insights GET /health": nothing,
    "insights GET /openapi.json": nothing,
    "recommend GET /content": nothing,
    "recommend GET /pictures/{kind:str}/{mood:str}.svg": nothing,
    "recommend POST /content": lambda _: {"json": OFFER},
    "recommend GET /content/{id:uuid}": nothing,
    "recommend PATCH /content/{id:uuid}": lambda _: {"json": {"minutes": 6}},
    "recommend DELETE /content/{id:uuid}": nothing,
    "recommend POST /content/{id:uuid}/picture": lambda _: {"json": {"media_type": "image/png"}},
    "recommend PUT /content/{id:uuid}/picture/{upload:uuid}": nothing,
    "recommend DELETE /content/{id:uuid}/picture": nothing,
    "recommend POST /interactions": lambda things: {"json": interaction(things)},
    "recommend POST /interactions/batch": lambda things: {"json": {"entries": [interaction(things)]}},
    "recommend GET /saved": lambda things: {"params": {"cursor": things.saved_cursor}},
    "recommend PUT /saved/{content_id:uuid}": nothing,
    "recommend DELETE /saved/{content_id:uuid}": nothing,
    "recommend GET /health": nothing,
    "recommend GET /openapi.json": nothing,
    "notify PUT /devices/{token:device}": lambda _: {"json": {"platform": "ios"}},
    "notify DELETE /devices/{token:device}": nothing,
    "notify GET /preferences": nothing,
    "notify PUT /preferences": lambda _: {"json": WISHES},
    "notify GET /inbox": lambda things: {"params": {"cursor": things.inbox_cursor}},
    "notify POST /inbox/read": lambda things: {"json": {"ids": [str(things.entry)]}},
    "notify POST /test": nothing,
    "notify GET /unsubscribe/{link:signed}": nothing,
    "notify POST /unsubscribe/{link:signed}": nothing,
    "notify GET /health": nothing,
    "notify GET /openapi.json": nothing,
    "companion POST /conversations": lambda _: {"json": {}},
    "companion GET /conversations": nothing,
    "companion GET /conversations/{id:uuid}": nothing,
    "companion PATCH /conversations/{id:uuid}": lambda _: {"json": {"title": "changed"}},
    "companion DELETE /conversations/{id:uuid}": nothing,
    "companion GET /conversations/{id:uuid}/messages": nothing,
    "companion POST /conversations/{id:uuid}/messages": lambda _: {"json": {"content": "Hello"}},
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/regenerate": lambda _: {"json": {}},
    "companion GET /conversations/{id:uuid}/messages/{message_id:uuid}/stream": nothing,
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/cancel": nothing,
    "companion GET /conversations/{id:uuid}/messages/{message_id:uuid}/receipt": nothing,
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/feedback": lambda _: {"json": {"rating": "up"}},
    "companion DELETE /conversations/{id:uuid}/messages/{message_id:uuid}/feedback": nothing,
    "companion GET /conversations/{id:uuid}/summaries": nothing,
    "companion GET /memory": nothing,
    "companion POST /memory": lambda _: {"json": {"text": "changed"}},
    "companion PATCH /memory/{id:uuid}": lambda _: {"json": {"text": "changed"}},
    "companion DELETE /memory/{id:uuid}": nothing,
    "companion GET /usage": nothing,
    "companion GET /help": nothing,
    "companion GET /help/{article:article}": nothing,
    "companion GET /help/{article:article}.html": nothing,
    "companion GET /conversations/{id:uuid}/hand-over": nothing,
    "companion POST /conversations/{id:uuid}/hand-over": lambda _: {"json": {"digest": "0" * 64, "consent": True}},
    "companion GET /health": nothing,
    "companion GET /openapi.json": nothing,
    "relay POST /": nothing,
    "relay GET /health": nothing,
    "relay GET /openapi.json": nothing,
}

# Asks that name what only its owner has, so that anyone else must be told what an absent one is told.
NAMING = {
    "account PUT /attachments/{id:uuid}",
    "account GET /attachments/{id:uuid}",
    "account DELETE /attachments/{id:uuid}",
    "account PUT /avatar/{id:uuid}",
    "account GET /support/{id:uuid}",
    "account DELETE /sessions/{id:uuid}",
    "checkin GET /",
    "checkin GET /{id:uuid}",
    "checkin PATCH /{id:uuid}",
    "checkin DELETE /{id:uuid}",
    "plan GET /",
    "plan GET /{id:uuid}",
    "plan PATCH /{id:uuid}",
    "plan PATCH /{id:uuid}/activities/{activity_id:uuid}",
    "plan POST /{id:uuid}/activities/{activity_id:uuid}/swap",
    "plan GET /{id:uuid}/progress",
    "plan GET /{id:uuid}/progress.svg",
    "plan GET /{id:uuid}/calendar.ics",
    "plan POST /{id:uuid}/calendar-link",
    "plan DELETE /{id:uuid}/calendar-link",
    "plan GET /calendar/{key:uuid}.ics",
    "recommend GET /saved",
    "notify GET /inbox",
    "insights GET /{id:uuid}",
    "insights PATCH /{id:uuid}",
    "insights GET /experiments/{id:uuid}",
    "insights PATCH /experiments/{id:uuid}",
    "insights GET /measures/{id:uuid}/values",
    "insights DELETE /measures/{id:uuid}/values",
    "companion GET /conversations/{id:uuid}",
    "companion PATCH /conversations/{id:uuid}",
    "companion DELETE /conversations/{id:uuid}",
    "companion GET /conversations/{id:uuid}/messages",
    "companion POST /conversations/{id:uuid}/messages",
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/regenerate",
    "companion GET /conversations/{id:uuid}/messages/{message_id:uuid}/stream",
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/cancel",
    "companion GET /conversations/{id:uuid}/messages/{message_id:uuid}/receipt",
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/feedback",
    "companion DELETE /conversations/{id:uuid}/messages/{message_id:uuid}/feedback",
    "companion GET /conversations/{id:uuid}/summaries",
    "companion PATCH /memory/{id:uuid}",
    "companion DELETE /memory/{id:uuid}",
    "companion GET /conversations/{id:uuid}/hand-over",
    "companion POST /conversations/{id:uuid}/hand-over",
}

# Asks that name what is whoever's who names it: a device, which is nobody's for good, a link that is its own proof, a
# purpose, and a factor, which each person calls what they like.
OF_THE_BEARER = {
    "account GET /receipts/{id:uuid}",
    "account PUT /consents/{purpose:str}",
    "account GET /guardian/{guardian_link:guardian}",
    "account POST /guardian/{guardian_link:guardian}/allow",
    "account POST /guardian/{guardian_link:guardian}/refuse",
    "account POST /connections/{provider:str}",
    "account DELETE /connections/{provider:str}",
    "insights PATCH /factors",
    "notify PUT /devices/{token:device}",
    "notify DELETE /devices/{token:device}",
    "notify GET /unsubscribe/{link:signed}",
    "notify POST /unsubscribe/{link:signed}",
}

# Asks that name an item of the catalogue by its id, or a help article: it is there for everybody.
OF_THE_CATALOGUE = {
    "companion GET /help/{article:article}",
    "companion GET /help/{article:article}.html",
    "recommend GET /content/{id:uuid}",
    "recommend GET /pictures/{kind:str}/{mood:str}.svg",
    "recommend PATCH /content/{id:uuid}",
    "recommend DELETE /content/{id:uuid}",
    "recommend POST /content/{id:uuid}/picture",
    "recommend PUT /content/{id:uuid}/picture/{upload:uuid}",
    "recommend DELETE /content/{id:uuid}/picture",
    "recommend PUT /saved/{content_id:uuid}",
    "recommend DELETE /saved/{content_id:uuid}",
}
