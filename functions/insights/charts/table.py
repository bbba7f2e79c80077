"""A chart in words: its title, its description, and its numbers as a table, as a page of HTML."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from starlette.responses import HTMLResponse

from shared.http.pages import page_response

STYLE = """
:root { --ink: #1f2430; --page: #fff; --line: #cfd5df; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f6; --page: #14171d; --line: #3a4150; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.2; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .5rem; text-align: start; overflow-wrap: anywhere; }
"""
CONTENT = """<p>{description}</p>
<table>
<thead><tr>{columns}</tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


class ChartTable(NamedTuple):
    title: str
    description: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def table_page(table: ChartTable, language: str) -> HTMLResponse:
    content = CONTENT.format(
        description=escape(table.description),
        columns="".join(f'<th scope="col">{escape(column)}</th>' for column in table.columns),
        rows="\n".join(_row(row) for row in table.rows),
    )
    return page_response(language, table.title, content, style=STYLE)


def _row(cells: Sequence[str]) -> str:
    first, *others = (escape(cell) for cell in cells)
    return f'<tr><th scope="row" dir="auto">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
