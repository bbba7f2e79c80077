"""The page of an archive: what is held on a person, to read and to print. It has no scripts and loads nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from functions.account.archive.manifest import ArchiveFile
from functions.account.privacy.art15 import ProcessingActivity
from shared.languages import Languages, TextModel

PROFILE_FIELDS = ("display_name", "timezone", "locale", "country", "day_starts_at", "interests", "avoid")

HEAD = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.45 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }}
h1 {{ font-size: 1.7rem; }}
h2 {{ font-size: 1.2rem; margin: 2rem 0 .5rem; break-after: avoid; }}
table {{ border-collapse: collapse; width: 100%; font-size: .92rem; }}
th, td {{ text-align: start; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8885; }}
td {{ overflow-wrap: anywhere; white-space: pre-line; }}
td.short {{ white-space: nowrap; }}
tr {{ break-inside: avoid; }}
thead {{ display: table-header-group; }}
@page {{ margin: 14mm 16mm; }}
@media print {{ body {{ max-width: none; padding: 0; font-size: 10pt; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{exported} <time>{moment}</time></p>
<p>{intro}</p>
"""


class ArchiveTexts(TextModel):
    title: str
    exported: str
    intro: str
    profile: str
    safety_plan: str
    check_ins: str
    none: str
    when: str
    mood: str
    intensity: str
    factors: str
    note: str
    files: str
    file: str
    rows: str
    size: str
    purposes: str
    purpose: str
    kept: str
    rights: str
    fields: Mapping[str, str]  # of a profile and of a safety plan


LANGUAGES = Languages(Path(__file__).with_name("texts"), ArchiveTexts)


class ArchivePage:
    """The page in one language. Its parts are written one after the other: head, entries, foot."""

    def __init__(self, language: str, now: datetime, tz: ZoneInfo) -> None:
        self._language = language
        self._texts = LANGUAGES.texts(language)
        self._now = now
        self._tz = tz

    def head(self, profile: Mapping[str, Any], safety_plan: Mapping[str, Any]) -> bytes:
        """The page up to the table of check-ins."""
        texts = self._texts
        head = HEAD.format(
            language=self._language,
            title=escape(texts.title),
            exported=escape(texts.exported),
            moment=self._moment(self._now),
            intro=escape(texts.intro),
        )
        fields = {name: profile.get(name) for name in PROFILE_FIELDS}
        fields["day_starts_at"] = fields["day_starts_at"] and fields["day_starts_at"][:5]  # 04:00:00
        columns = self._row("th", *(getattr(texts, name) for name in ("when", "mood", "intensity", "factors", "note")))
        sections = [
            self._fields("profile", fields),
            self._fields("safety_plan", safety_plan),
            f"<h2>{escape(texts.check_ins)}</h2>\n<table><thead>{columns}</thead><tbody>\n",
        ]
        return (head + "".join(sections)).encode()

    def entries(self, rows: Iterable[Mapping[str, Any]]) -> bytes:
        """Lines of the table of check-ins."""
        return "".join(map(self._entry, rows)).encode()

    def foot(self, files: Mapping[str, ArchiveFile], activities: Iterable[ProcessingActivity]) -> bytes:
        """The page after the table of check-ins."""
        texts = self._texts
        listed = [self._row("td", name, f"{file.rows:,}", f"{file.bytes:,}") for name, file in files.items()]
        held = [self._row("td", f"{row['name']}: {row['why']}", " ".join(row["kept"])) for row in activities]
        parts = [
            "</tbody></table>\n",
            self._table("files", ("file", "rows", "size"), listed),
            self._table("purposes", ("purpose", "kept"), held),
            f"<p>{escape(texts.rights)}</p>\n</body>\n</html>\n",
        ]
        return "".join(parts).encode()

    def _fields(self, heading: str, values: Mapping[str, Any]) -> str:
        rows = [
            self._row("td", self._texts.fields[name], _text(value))
            for name, value in values.items()
            if value and name in self._texts.fields
        ]
        content = f"<table><tbody>\n{''.join(rows)}</tbody></table>" if rows else f"<p>{escape(self._texts.none)}</p>"
        return f"<h2>{escape(getattr(self._texts, heading))}</h2>\n{content}\n"

    def _table(self, heading: str, columns: Iterable[str], rows: Iterable[str]) -> str:
        head = self._row("th", *(getattr(self._texts, column) for column in columns))
        return (
            f"<h2>{escape(getattr(self._texts, heading))}</h2>\n"
            f"<table><thead>{head}</thead><tbody>\n{''.join(rows)}</tbody></table>\n"
        )

    def _entry(self, row: Mapping[str, Any]) -> str:
        moment = self._moment(datetime.fromisoformat(row["occurred_at"]))
        words = (", ".join(row["factors"]), row["note"] or "")
        cells = "".join(f'<td dir="auto" lang="">{escape(text)}</td>' for text in words)
        short = f'<td class="short">{moment}</td><td class="short">{escape(row["mood"])}</td>'
        return f"<tr>{short}<td>{row['intensity']}</td>{cells}</tr>\n"

    def _row(self, tag: str, *cells: str) -> str:
        content = "".join(f'<{tag} dir="auto">{escape(cell)}</{tag}>' for cell in cells)
        return f"<tr>{content}</tr>\n"

    def _moment(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._tz):%Y-%m-%d %H:%M}"


def _text(value: object) -> str:
    """A value as text. A list has a line for each of its items."""
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(map(_text, value.values()))
    return str(value)
