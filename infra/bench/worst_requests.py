"""The most expensive legal request of every operation, for a person with as much data as the limits allow."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import get_args
from uuid import UUID, uuid4

from infra.bench.archive_bodies import many_files, zeros
from infra.bench.measure_tables import measures, wide_measures
from shared.http import Kind
from shared.moods import MOODS

JSON, CSV, ZIP = "application/json", "text/csv", "application/zip"
FORM = "multipart/form-data; boundary=mend"
NOTE = ("i would never say that again . i want to die laughing " * 80)[:4000]
FACTORS = [f"{number} {'i want to ' * 8}"[:80].strip() for number in range(30)]
MOOD = "sad"
ALL_WORDS = [f"word {number} ".ljust(80, "w") for number in range(50)]
KINDS = list(get_args(Kind))
_numbers = count()

CHARTS = [
    f"/charts/{name}.{ending}" for name in ("trend", "patterns", "calendar", "factors") for ending in ("svg", "html")
]


@dataclass(frozen=True)
class Subject:
    """The person of the requests, and ids of what they have."""

    entry_ids: Iterator[UUID]  # old entries, each used once
    content_ids: list[UUID]
    plan_id: UUID
    due_activity_ids: Iterator[UUID]  # of days that have begun, or begin tomorrow
    activity_ids: Iterator[UUID]  # of later days
    calendar_key: UUID
    notification_ids: list[UUID]
    conversation_id: UUID
    measure_id: UUID


@dataclass(frozen=True)
class WorstRequest:
    path: str
    body: bytes = b""
    media_type: str = JSON
    statuses: tuple[int, ...] = (200, 201, 202, 204)


Make = Callable[[Subject], WorstRequest]


def _read(path: str, _: Subject) -> WorstRequest:
    return WorstRequest(path)


def _sent(path: str, body: object, *refusals: int) -> WorstRequest:
    return WorstRequest(path, json.dumps(body).encode(), statuses=refusals or (200, 201, 202, 204))


def _jpeg() -> bytes:
    """A JPEG of 10 MiB, of which every byte is read: its pixels are too many for its decoder."""
    frame = b"\xff\xc2\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00"
    return b"\xff\xd8" + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + bytes(10 * 2**20 - 100) + b"\xff\xd9"


def _draft(**fields: object) -> dict[str, object]:
    return {"mood": MOOD, "intensity": 5, "note": NOTE, "factors": FACTORS, **fields}


def _queued(note_size: int, factors: list[str]) -> list[dict[str, object]]:
    moment = "2020-03-01T12:00:00Z"
    return [_draft(id=str(uuid4()), note=NOTE[:note_size], factors=factors, occurred_at=moment) for _ in range(200)]


def _faulty(entries: int, unknown: int) -> list[dict[str, object]]:
    """Entries without the two fields they need, and with unknown ones."""
    return [{str(field): 0 for field in range(unknown)} for _ in range(entries)]


def _daylio(lines: int, note: str, mood: str = "good", activities: str = "work | run") -> bytes:
    """A file of new entries. Each file has a year of its own."""
    year = 1905 + next(_numbers) % 100
    rows = (
        f"{year}-{1 + i // 28 % 12:02}-{1 + i % 28:02},,,{i // 336 % 24:02}:{i % 60:02},"
        f"{mood.format(i)},{activities},,{note}"
        for i in range(lines)
    )
    return "\r\n".join(["full_date,date,weekday,time,mood,activities,note_title,note", *rows]).encode()


def _day_one(entries: int) -> bytes:
    year = 1905 + next(_numbers) % 100
    rows = [
        {"uuid": str(uuid4()), "creationDate": f"{year}-03-01T19:30:00Z", "text": "n" * 250, "tags": ["sad", "walk"]}
        for _ in range(entries)
    ]
    return json.dumps({"metadata": {"version": "1.0"}, "entries": rows}).encode()


def _form(content: bytes, columns: bytes = b"{}") -> bytes:
    head = b'--mend\r\nContent-Disposition: form-data; name="%s"; filename="d.csv"\r\n\r\n%s\r\n'
    return head % (b"columns", columns) + head % (b"file", content) + b"--mend--\r\n"


def _interactions(subject: Subject) -> list[dict[str, object]]:
    return [{"id": str(uuid4()), "kind": "like", "content_id": str(id_)} for id_ in subject.content_ids[:200]]


_CONTENT = {
    "kind": "book",
    "title": "t" * 200,
    "body": "A sentence of an item. " * 430,
    "minutes": 5,
    "effort": 1,
    "fits": list(MOODS),
    "leads_valence": 0.5,
    "leads_arousal": 0.5,
    "tags": [f"tag {number}" for number in range(20)],
}
_PLAN = {"current": MOOD, "target": "calm", "duration": 30, "per_day": 5, "reminder_trial": True}
_PREFERENCES = {
    "channels": {"push": True, "email": True, "in_app": True},
    "kinds": {"check_in": True, "plan": True, "insight": True, "weekly_summary": True, "streak": True},
    "quiet_hours": None,
    "check_in_times": ["08:00", "10:00", "12:00", "14:00", "16:00", "18:00"],
    "max_per_day": 20,
}

_SAFETY_PLAN = {
    **{name: [NOTE[:185]] * 10 for name in ("signs", "alone", "distractions", "safer_place")},
    "people": [],
    "professionals": [],
}

# By operation, and by what makes a request the worst where an operation has several.
WORST: Mapping[str, Mapping[str, Make]] = {
    "checkin POST /": {
        "longest texts": lambda _: _sent("/", _draft()),
        "a late entry": lambda _: _sent("/", _draft(occurred_at="2015-03-01T12:00:00Z")),
        "80,000 unknown fields": lambda _: _sent("/", {str(n): 0 for n in range(80_000)}, 422),
    },
    "checkin GET /": {"200 entries": lambda _: WorstRequest("/?limit=200")},
    "checkin POST /batch": {
        "100,000 characters": lambda _: _sent("/batch", {"entries": _queued(400, ["work"])}),
        "a MiB": lambda _: _sent("/batch", {"entries": _queued(2000, FACTORS)}, 413),
        "80,000 unknown fields": lambda _: _sent("/batch", {str(n): 0 for n in range(80_000)}, 422),
        "24 faults in each": lambda _: _sent("/batch", {"entries": _faulty(200, 22)}),
        "200 deletions": lambda subject: _sent(
            "/batch", {"entries": [{"id": str(next(subject.entry_ids)), "deleted": True} for _ in range(200)]}
        ),
    },
    "checkin GET /factors": {"": lambda _: WorstRequest("/factors")},
    "checkin POST /import": {
        "20,000 lines": lambda _: WorstRequest("/import", _daylio(20_000, "n" * 300), CSV),
        "the longest lines": lambda _: WorstRequest(
            "/import", _daylio(1_200, NOTE, activities=" | ".join(FACTORS)), CSV
        ),
        "20,000 unknown moods": lambda _: WorstRequest("/import", _daylio(20_000, "n", "so and so {}"), CSV),
        "a form": lambda _: WorstRequest("/import", _form(_daylio(20_000, "n" * 300)), FORM),
        "a Day One journal": lambda _: WorstRequest("/import?dry_run=true", _day_one(18_000), JSON),
        "a Day One journal of nothing": lambda _: WorstRequest(
            "/import", b'{"entries": [' + b"[]," * 2_700_000 + b"1]}", JSON, statuses=(422,)
        ),
        "a dry run": lambda _: WorstRequest("/import?dry_run=true", _daylio(20_000, "n" * 300), CSV),
    },
    "checkin GET /export.csv": {"": lambda _: WorstRequest("/export.csv")},
    "checkin GET /{id:uuid}": {"": lambda subject: WorstRequest(f"/{next(subject.entry_ids)}")},
    "checkin PATCH /{id:uuid}": {
        "moved": lambda subject: _sent(
            f"/{next(subject.entry_ids)}", {"note": NOTE, "factors": FACTORS, "occurred_at": "2014-03-01T12:00:00Z"}
        )
    },
    "checkin DELETE /{id:uuid}": {"": lambda subject: WorstRequest(f"/{next(subject.entry_ids)}")},
    "recommend GET /": {"": lambda _: WorstRequest("/?limit=20")},
    "recommend GET /content": {
        "200 items": lambda _: WorstRequest("/content?limit=200"),
        "the longest search": lambda _: WorstRequest(f"/content?limit=200&q={'sentense+of+an+item+' * 9}"),
    },
    "recommend POST /content": {"": lambda _: _sent("/content", _CONTENT)},
    "recommend GET /content/{id:uuid}": {"": lambda subject: WorstRequest(f"/content/{subject.content_ids[0]}")},
    "recommend PATCH /content/{id:uuid}": {
        "": lambda subject: _sent(f"/content/{subject.content_ids[-1]}", {**_CONTENT, "minutes": next(_numbers) + 1})
    },
    "recommend POST /interactions": {"": lambda subject: _sent("/interactions", _interactions(subject)[0])},
    "recommend POST /interactions/batch": {
        "200 entries": lambda subject: _sent("/interactions/batch", {"entries": _interactions(subject)}),
        "24 faults in each": lambda _: _sent("/interactions/batch", {"entries": _faulty(200, 22)}),
    },
    "recommend GET /saved": {"200 items": lambda _: WorstRequest("/saved?limit=200")},
    "plan GET /": {"200 plans": lambda _: WorstRequest("/?limit=200")},
    "plan GET /today": {"": lambda _: WorstRequest("/today")},
    "plan GET /{id:uuid}": {"": lambda subject: WorstRequest(f"/{subject.plan_id}")},
    "plan PATCH /{id:uuid}/activities/{activity_id:uuid}": {
        "": lambda subject: _sent(
            f"/{subject.plan_id}/activities/{next(subject.due_activity_ids)}", {"status": "done", "mood_after": "calm"}
        )
    },
    "plan POST /{id:uuid}/activities/{activity_id:uuid}/swap": {
        "": lambda subject: WorstRequest(f"/{subject.plan_id}/activities/{next(subject.activity_ids)}/swap")
    },
    "plan GET /{id:uuid}/progress": {"": lambda subject: WorstRequest(f"/{subject.plan_id}/progress")},
    "plan GET /{id:uuid}/progress.svg": {"": lambda subject: WorstRequest(f"/{subject.plan_id}/progress.svg")},
    "plan GET /{id:uuid}/calendar.ics": {"": lambda subject: WorstRequest(f"/{subject.plan_id}/calendar.ics")},
    "plan GET /calendar/{key:uuid}.ics": {"": lambda subject: WorstRequest(f"/calendar/{subject.calendar_key}.ics")},
    "plan PATCH /{id:uuid}": {"": lambda subject: _sent(f"/{subject.plan_id}", {"status": "ended"})},
    "plan POST /": {"30 days of 5": lambda _: _sent("/", _PLAN)},
    "insights GET /reviews": {"a year": lambda _: WorstRequest("/reviews?period=year")},
    "insights GET /summary": {"a year": lambda _: WorstRequest("/summary?period=year")},
    "insights GET /trend": {
        "400 days": lambda _: WorstRequest("/trend?granularity=day&from=2025-11-01&to=2026-11-30"),
        "400 weeks": lambda _: WorstRequest("/trend?granularity=week&from=2019-04-08&to=2026-11-30"),
    },
    "insights GET /patterns": {"2,000 entries": lambda _: WorstRequest("/patterns")},
    "insights GET /calendar": {"": lambda _: WorstRequest("/calendar")},
    "insights GET /factors": {"": lambda _: WorstRequest("/factors")},
    "insights POST /measures/import": {
        "20,000 lines": lambda _: WorstRequest("/measures/import", measures(), CSV),
        "50 columns": lambda _: WorstRequest("/measures/import", _form(*wide_measures()), FORM),
    },
    "insights GET /measures/{id:uuid}/values": {
        "a year": lambda subject: WorstRequest(f"/measures/{subject.measure_id}/values")
    },
    "insights GET /compare": {
        "two years": lambda _: WorstRequest("/compare?a=2025-01-01/2025-12-31&b=2026-01-01/2026-12-31")
    },
    "insights GET /metrics": {"": lambda _: WorstRequest("/metrics")},
    **{f"insights GET {path}": {"": partial(_read, path)} for path in CHARTS},
    "insights GET /report.pdf": {"a year": lambda _: WorstRequest("/report.pdf?from=2025-11-30&to=2026-11-30")},
    "insights GET /": {"200 insights": lambda _: WorstRequest("/?limit=200")},
    "insights GET /experiments": {"200 experiments": lambda _: WorstRequest("/experiments?limit=200")},
    "notify PUT /preferences": {"": lambda _: _sent("/preferences", _PREFERENCES)},
    "notify GET /inbox": {"200 items": lambda _: WorstRequest("/inbox?limit=200")},
    "notify POST /inbox/read": {
        "200 ids": lambda subject: _sent("/inbox/read", {"ids": [str(id_) for id_ in subject.notification_ids]})
    },
    "account PATCH /profile": {
        "": lambda _: _sent("/profile", {"display_name": f"{next(_numbers)}", "interests": KINDS, "avoid": KINDS}),
        "unknown words": lambda _: _sent("/profile", {"interests": ALL_WORDS, "avoid": ALL_WORDS}, 422),
    },
    "account PUT /avatar": {"10 MiB": lambda _: WorstRequest("/avatar", _form(_jpeg()), FORM, (422,))},
    "account PUT /attachments/{id:uuid}": {"": lambda _: WorstRequest(f"/attachments/{uuid4()}", statuses=(404,))},
    "account PUT /avatar/{id:uuid}": {"": lambda _: WorstRequest(f"/avatar/{uuid4()}", statuses=(404,))},
    "account PUT /safety-plan": {"8 KiB": lambda _: _sent("/safety-plan", _SAFETY_PLAN)},
    "account GET /safety-plan": {"8 KiB": lambda _: WorstRequest("/safety-plan")},
    "account GET /safety-plan.html": {"8 KiB": lambda _: WorstRequest("/safety-plan.html")},
    "account GET /access-log": {"200 entries": lambda _: WorstRequest("/access-log?limit=200")},
    "account GET /export": {"all rows": lambda _: WorstRequest("/export", statuses=(200, 429))},  # ten a day
    "account POST /import": {
        "unpacked as large as may be": lambda _: WorstRequest("/import", zeros(), ZIP, statuses=(422,)),
        "a thousand files": lambda _: WorstRequest("/import", many_files(), ZIP, statuses=(422,)),
    },
    "companion GET /conversations": {
        "200 conversations": lambda _: WorstRequest("/conversations?limit=200"),
        "a search for what is nowhere": lambda _: WorstRequest("/conversations?limit=200&q=zebra"),
        "a search for what is everywhere": lambda _: WorstRequest("/conversations?limit=200&q=want"),
    },
    "companion GET /conversations/{id:uuid}/messages": {
        "200 messages": lambda subject: WorstRequest(f"/conversations/{subject.conversation_id}/messages?limit=200")
    },
    "companion GET /help": {
        "all articles": lambda _: WorstRequest("/help"),
        "a long search": lambda _: WorstRequest("/help?q=" + "how+do+I+export+my+data+".ljust(190, "x")),
    },
    "companion GET /memory": {"200 memories": lambda _: WorstRequest("/memory?limit=200")},
    "companion POST /conversations/{id:uuid}/messages": {
        "10,000 characters": lambda subject: _sent(
            f"/conversations/{subject.conversation_id}/messages", {"content": (NOTE * 3)[:10_000]}
        )
    },
    "relay POST /": {"a full outbox": lambda _: WorstRequest("/")},
}
