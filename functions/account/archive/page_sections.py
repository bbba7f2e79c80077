"""What the page of an archive shows of each table: what a person wrote, was told or decided, in plain tables. Pure."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from shared.clock import zone
from shared.labels import Labels
from shared.languages import TextModel
from shared.people import Clock

Row: TypeAlias = Mapping[str, Any]


class ValueTexts(TextModel):
    """How values are written in a language."""

    decimal: str  # the sign before decimals
    thousands: str  # the sign between groups of three digits
    values: Mapping[str, str]  # of columns that have one of a few values

    def number(self, value: float) -> str:
        """Up to six decimals, as many as there are."""
        plain = f"{value:,.6f}".rstrip("0").rstrip(".")
        return plain.translate({ord(","): self.thousands, ord("."): self.decimal})


class RowContext(NamedTuple):
    """What rows are read with that is not in them."""

    clock: Clock
    titles: Mapping[str, str | None]  # of conversations, by id
    dates: Mapping[tuple[str, int], str]  # of the days of plans


class RowReader(NamedTuple):
    """Turns the values of a row into texts."""

    words: ValueTexts
    labels: Labels
    context: RowContext

    def moment(self, written: str, tz: ZoneInfo | None = None) -> str:
        """A moment by the person's clock, or by that of the place where it was."""
        return f"{datetime.fromisoformat(written).astimezone(tz or self.context.clock.zone):%Y-%m-%d %H:%M}"

    def mood(self, name: str) -> str:
        return self.labels.moods.get(name, name)

    def value(self, name: str) -> str:
        return self.words.values.get(name, name)


class PageSection(NamedTuple):
    """A table of the page. `heading` and `columns` are the names of their texts."""

    heading: str
    table: str
    order: str | None  # the column of the database by which it is sorted; None: by the first one of the page
    columns: tuple[str, ...]
    cells: Callable[[RowReader, Row], tuple[str, ...]]


def _check_in(reader: RowReader, row: Row) -> tuple[str, ...]:
    when = reader.moment(row["occurred_at"], zone(row["timezone"]))
    return when, reader.mood(row["mood"]), str(row["intensity"]), ", ".join(row["factors"]), row["note"] or ""


def _message(reader: RowReader, row: Row) -> tuple[str, ...]:
    title = reader.context.titles.get(row["conversation_id"]) or ""
    return reader.moment(row["created_at"]), title, reader.value(row["role"]), "".join(row["parts"])


def _memory(reader: RowReader, row: Row) -> tuple[str, ...]:
    return reader.moment(row["created_at"]), row["text"]


def _plan(reader: RowReader, row: Row) -> tuple[str, ...]:
    moods = reader.mood(row["current_mood"]), reader.mood(row["target_mood"])
    return row["start_date"], row["last_date"], *moods, reader.value(row["status"])


def _activity(reader: RowReader, row: Row) -> tuple[str, ...]:
    day = date.fromisoformat(reader.context.dates[row["plan_id"], row["day"]])
    at = time.fromisoformat(row["local_time"])
    when = f"{reader.context.clock.calendar_date(day, at)} {at:%H:%M}"
    return when, row["title"], str(row["minutes"]), reader.value(row["status"])


def _measure(reader: RowReader, row: Row) -> tuple[str, ...]:
    return row["day"], row["name"], reader.words.number(row["value"])


def _consent(reader: RowReader, row: Row) -> tuple[str, ...]:
    purpose = reader.labels.purposes.get(row["purpose"], row["purpose"])
    return reader.moment(row["decided_at"]), purpose, reader.value("granted" if row["granted"] else "withheld")


SECTIONS = (
    PageSection(
        "check_ins", "public.mood_entries", "occurred_at", ("when", "mood", "intensity", "factors", "note"), _check_in
    ),
    PageSection(
        "conversations",
        "public.conversation_messages",
        "created_at",
        ("when", "conversation", "who", "text"),
        _message,
    ),
    PageSection("memories", "public.companion_memories", "created_at", ("when", "text"), _memory),
    PageSection("plans", "public.elevation_plans", "created_at", ("begins", "ends", "mood", "target", "state"), _plan),
    PageSection("activities", "public.plan_activities", None, ("when", "activity", "minutes", "state"), _activity),
    PageSection("measures", "public.insight_measures", "day", ("day", "measure", "value"), _measure),
    PageSection("consents", "public.consents", "number", ("when", "purpose", "decision"), _consent),
)
