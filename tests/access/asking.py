"""For every route a request that asks for, or would change, what belongs to one person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

NOTE = "canary-note-of-the-owner"
FACTOR = "canary-factor-of-the-owner"
NAME = "canary-name-of-the-owner"
CANARIES = (NOTE, FACTOR, NAME)
KEY = "one-key-for-two-people"
DAY = "2026-02-03"
MOMENT = f"{DAY}T10:00:00Z"
SAD = {"mood": "sad", "intensity": 7}


@dataclass(frozen=True)
class Things:
    """What a person has that a request can name."""

    entry: UUID
    cursor: str
    export: bytes


Ask = Callable[[Things], dict[str, Any]]  # the parts of a request, as httpx takes them


def nothing(_: Things) -> dict[str, Any]:
    return {}


def check_in(things: Things) -> dict[str, Any]:
    return {"json": SAD | {"id": str(things.entry), "occurred_at": MOMENT}, "headers": {"Idempotency-Key": KEY}}


def queue(things: Things) -> dict[str, Any]:
    """A later version of an entry, then its deletion."""
    later = SAD | {"id": str(things.entry), "occurred_at": MOMENT, "note": "changed"}
    return {"json": {"entries": [later, {"id": str(things.entry), "deleted": True}]}}


def diary(things: Things) -> dict[str, Any]:
    return {"content": things.export, "headers": {"Content-Type": "text/csv"}}


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
    "checkin GET /healthz": nothing,
    "checkin GET /openapi.json": nothing,
    "account GET /profile": nothing,
    "account PATCH /profile": lambda _: {"json": {"display_name": "changed"}},
    "account GET /healthz": nothing,
    "account GET /openapi.json": nothing,
    "relay POST /": nothing,
    "relay GET /healthz": nothing,
    "relay GET /openapi.json": nothing,
}

# Asks that name what only its owner has, so that anyone else must be told what an absent one is told.
NAMING = {
    "checkin GET /",
    "checkin GET /{id:uuid}",
    "checkin PATCH /{id:uuid}",
    "checkin DELETE /{id:uuid}",
}
