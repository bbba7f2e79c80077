"""The page of an archive: what is held on a person, to read and to print. It has no scripts and loads nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from functions.account.archive.manifest import ArchiveFile
from functions.account.archive.page_sections import PageSection, RowContext, RowReader, ValueTexts
from functions.account.privacy.art15 import ProcessingActivity
from shared.labels import LABELS
from shared.languages import Languages, TextModel

PROFILE_FIELDS = (
    *("display_name", "timezone", "locale", "country", "day_starts_at", "interests", "avoid"),
    *("preferences", "constraints", "past_destinations", "wishlist_regions"),
)
ATTRIBUTES = {  # of cells by their column: times are not broken, and what the person wrote has their own language
    **dict.fromkeys(("when", "day", "begins", "ends", "who"), 'class="short"'),
    **dict.fromkeys(("factors", "note", "conversation", "text", "measure"), 'dir="auto" lang=""'),
}
TABLE_END = "</tbody></table>\n"

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
    none: str
    rights: str
    headings: Mapping[str, str]
    columns: Mapping[str, str]
    fields: Mapping[str, str]  # of a profile and of a safety plan
    words: ValueTexts


LANGUAGES = Languages(Path(__file__).with_name("texts"), ArchiveTexts)


class ArchivePage:
    """The page in one language. Its parts are written one after the other: head, sections, foot."""

    def __init__(self, language: str, now: datetime, context: RowContext) -> None:
        self._language = language
        self._texts = LANGUAGES.texts(language)
        self._now = now
        self._reader = RowReader(self._texts.words, LABELS.texts(language), context)

    def head(self, profile: Mapping[str, Any], safety_plan: Mapping[str, Any]) -> bytes:
        """The page up to the first section."""
        texts = self._texts
        head = HEAD.format(
            language=self._language,
            title=escape(texts.title),
            exported=escape(texts.exported),
            moment=self._reader.moment(self._now.isoformat()),
            intro=escape(texts.intro),
        )
        fields = {name: profile.get(name) for name in PROFILE_FIELDS}
        fields["day_starts_at"] = fields["day_starts_at"] and fields["day_starts_at"][:5]  # 04:00:00
        for name in ("interests", "avoid"):
            fields[name] = [self._reader.labels.of_word(word) for word in fields[name] or ()]
        return (head + self._fields("profile", fields) + self._fields("safety_plan", safety_plan)).encode()

    def begin(self, section: PageSection) -> bytes:
        """The head of a table."""
        return f"{self._heading(section.heading)}{self._table_head(section.columns)}".encode()

    def lines(self, section: PageSection, rows: Iterable[Mapping[str, Any]]) -> bytes:
        """Lines of a table."""
        cells = [section.cells(self._reader, row) for row in rows]
        if section.order is None:
            cells.sort()
        return "".join(_line(section.columns, line) for line in cells).encode()

    def end(self) -> bytes:
        """The end of a table."""
        return TABLE_END.encode()

    def without(self, section: PageSection) -> bytes:
        """A section of which the person has nothing."""
        return self._nothing(section.heading).encode()

    def foot(self, files: Mapping[str, ArchiveFile], activities: Iterable[ProcessingActivity]) -> bytes:
        """The page after the last section."""
        texts, number = self._texts, self._texts.words.number
        listed = [_row("td", name, number(file.rows), number(file.bytes)) for name, file in files.items()]
        held = [_row("td", f"{row['name']}: {row['why']}", "\n".join(row["kept"])) for row in activities]
        parts = [
            self._table("files", ("file", "rows", "size"), listed),
            self._table("purposes", ("processing", "kept"), held),
            f"<p>{escape(texts.rights)}</p>\n</body>\n</html>\n",
        ]
        return "".join(parts).encode()

    def _fields(self, heading: str, values: Mapping[str, Any]) -> str:
        rows = [
            _row("td", self._texts.fields[name], _text(value))
            for name, value in values.items()
            if value and name in self._texts.fields
        ]
        table = f"{self._heading(heading)}<table><tbody>\n{''.join(rows)}{TABLE_END}"
        return table if rows else self._nothing(heading)

    def _table(self, heading: str, columns: Iterable[str], rows: Iterable[str]) -> str:
        return f"{self._heading(heading)}{self._table_head(columns)}{''.join(rows)}{TABLE_END}"

    def _heading(self, name: str) -> str:
        return f"<h2>{escape(self._texts.headings[name])}</h2>\n"

    def _table_head(self, columns: Iterable[str]) -> str:
        head = _row("th", *(self._texts.columns[column] for column in columns))
        return f"<table><thead>{head}</thead><tbody>\n"

    def _nothing(self, heading: str) -> str:
        return f"{self._heading(heading)}<p>{escape(self._texts.none)}</p>\n"


def _line(columns: Sequence[str], cells: Iterable[str]) -> str:
    """A line of a section."""
    attributes = (ATTRIBUTES.get(column, 'dir="auto"') for column in columns)
    written = (f"<td {each}>{escape(cell)}</td>" for each, cell in zip(attributes, cells, strict=True))
    return f"<tr>{''.join(written)}</tr>\n"


def _row(tag: str, *cells: str) -> str:
    content = "".join(f'<{tag} dir="auto">{escape(cell)}</{tag}>' for cell in cells)
    return f"<tr>{content}</tr>\n"


def _text(value: object) -> str:
    """A value as text. A list has a line for each of its items."""
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(map(_text, value.values()))
    return str(value)
