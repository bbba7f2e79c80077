"""Files of an archive that other programs read, made from its rows. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from shared.diary_csv import ExportEntry, csv_lines
from shared.icalendar import CalendarEvent, render_calendar
from shared.people import Clock

ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "text/csv": "csv",
    "application/zip": "zip",
}

Row = Mapping[str, Any]


def csv(entries: Iterable[Row]) -> bytes:
    """The lines of `check-ins.csv`, which `POST /checkin/import` reads."""
    return csv_lines(
        ExportEntry(
            id=UUID(entry["id"]),
            occurred_at=datetime.fromisoformat(entry["occurred_at"]),
            timezone=entry["timezone"],
            mood=entry["mood"],
            intensity=entry["intensity"],
            note=entry["note"],
            factors=tuple(entry["factors"]),
        )
        for entry in entries
    ).encode()


def calendar(plans: Iterable[Row], days: Iterable[Row], activities: Iterable[Row], clock: Clock) -> bytes:
    """All plans as one calendar. While a plan is paused, its planned activities have no date: they are cancelled."""
    paused = {plan["id"] for plan in plans if plan["status"] == "paused"}
    dates = {(day["plan_id"], day["day"]): date.fromisoformat(day["local_date"]) for day in days}
    events = (
        CalendarEvent(
            uid=f"{activity['id']}@mend",
            starts_at=clock.moment(
                dates[activity["plan_id"], activity["day"]], time.fromisoformat(activity["local_time"])
            ),
            minutes=activity["minutes"],
            title=activity["title"],
            sequence=activity["sequence"],
            cancelled=activity["status"] == "cancelled"
            or (activity["status"] == "planned" and activity["plan_id"] in paused),
            changed_at=datetime.fromisoformat(activity["changed_at"]),
        )
        for activity in activities
    )
    return render_calendar("Mend", events).encode()


def file_name(category: str, file_id: str, media_type: str) -> str:
    """The name of an uploaded file in an archive: nothing of it was chosen by the person."""
    return f"files/{category}/{file_id}.{ENDINGS[media_type]}"
