"""The page of a safety plan: one document without scripts or other files, to read on a screen and to print.

What the person wrote may be in any language and direction, so each entry finds its direction by itself.
"""

from collections.abc import Iterator
from datetime import date
from html import escape

from starlette.responses import HTMLResponse

from functions.account.models import Contact, Professional, SafetyPlan
from functions.account.phone_numbers import dialled_parts
from functions.account.safety_plan_texts import SAFETY_PLAN_TEXTS, SafetyPlanTexts
from shared.http.pages import page_response
from shared.safety import Support
from shared.safety.helplines import Line

STYLE = """
:root { --ink: #1f2430; --page: #fff; --faint: #586174; --line: #cfd5df; --accent: #0b6e4f; --alert: #a3231f; }
@media screen {
  :root { color-scheme: light dark; }
  main { padding: 1.5rem 1rem 3rem; }
}
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #eef1f6; --page: #14171d; --faint: #a7b1c2; --line: #3a4150; --accent: #5fd3a6; --alert: #ff9a90; }
}
@page { margin: 14mm 16mm; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; counter-reset: step; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; }
h2 { margin: 0 0 .25rem; font-size: 1.08rem; line-height: 1.3; color: var(--accent); }
p { margin: 0; }
a { color: inherit; }
ul { margin: 0; padding-inline: 1.3rem; }
li { margin: .1rem 0; white-space: pre-line; overflow-wrap: anywhere; }
section { margin-top: 1.1rem; break-inside: avoid; }
section.step h2::before { counter-increment: step; content: counter(step) ". "; }
section.danger { border: 2px solid var(--alert); border-radius: .5rem; padding: .6rem .9rem; }
section.danger h2 { color: var(--alert); }
strong { font-size: 1.3rem; white-space: nowrap; }
.faint { color: var(--faint); font-size: .88rem; }
.number { white-space: nowrap; }
@media print {
  body { font-size: 10.5pt; line-height: 1.35; }
  main { max-width: none; }
  a { text-decoration: none; }
}
"""


def response(plan: SafetyPlan, changed_on: date, support: Support, language: str) -> HTMLResponse:
    texts = SAFETY_PLAN_TEXTS.texts(language)
    changed = f'<p class="faint">{escape(texts.changed)}: <time>{changed_on}</time></p>'
    content = "\n".join([changed, _danger(support, texts), *_steps(plan, texts)])
    return page_response(language, texts.title, content, style=STYLE)


def _danger(support: Support, texts: SafetyPlanTexts) -> str:
    number = f"<p>{escape(texts.emergency_number)}: <strong>{_phone(support.emergency_number)}</strong></p>"
    abroad = f'<p class="faint">{escape(texts.abroad)}</p>'
    lines = "".join(f"<li>{_line(line, texts)}</li>" for line in support.lines)
    return f'<section class="danger"><h2>{escape(texts.danger)}</h2>{number}<ul>{lines}</ul>{abroad}</section>'


def _line(line: Line, texts: SafetyPlanTexts) -> str:
    ways = [
        line.phone and _phone(line.phone),
        line.text and f"{escape(texts.text_message)}: <bdi>{escape(line.text)}</bdi>",
        line.url and f'<a href="{escape(line.url)}">{escape(line.url.removeprefix("https://"))}</a>',
    ]
    return f"<bdi>{escape(line.name)}</bdi>: {', '.join(filter(None, ways))}"


def _steps(plan: SafetyPlan, texts: SafetyPlanTexts) -> Iterator[str]:
    """A section for each list that has entries."""
    for name, heading in texts.headings.items():
        if entries := getattr(plan, name):
            # Their language is unknown: `lang=""` keeps screen readers from reading it as that of the headings.
            items = "".join(f'<li dir="auto" lang="">{_entry(entry)}</li>' for entry in entries)
            yield f'<section class="step"><h2>{escape(heading)}</h2><ul>{items}</ul></section>'


def _entry(entry: str | Contact) -> str:
    if isinstance(entry, str):
        return escape(entry)
    hours = entry.hours if isinstance(entry, Professional) else None
    parts = [escape(entry.name), entry.phone and _phone(entry.phone), hours and f"<bdi>{escape(hours)}</bdi>"]
    return ", ".join(filter(None, parts))


def _phone(text: str) -> str:
    """The numbers, each as a link to call it where a phone can."""
    return "".join(_linked(escape(part), dialled) for part, dialled in dialled_parts(text))


def _linked(shown: str, dialled: str | None) -> str:
    shown = f'<bdi class="number">{shown}</bdi>'
    return f'<a href="tel:{dialled}">{shown}</a>' if dialled else shown
