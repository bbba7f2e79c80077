"""`mend data-map`: the record of processing, the recipients and the impact assessment, as pages in docs/privacy."""

from collections.abc import Iterator
from pathlib import Path

from functions.account.privacy.art15 import PRIVACY_TEXTS, entries_of, grounds
from functions.account.privacy.data_map import Data, data_map
from infra.registry import ROOT

FOLDER = ROOT / "docs/privacy"
TEMPLATES = Path(__file__).parent
LINKS = "](../../docs/", "](../"  # of a template, and of the page made from it
KEPT = {"account": "until the person deletes it, or the account", "always": "always"}


def write_pages() -> list[Path]:
    """Write the pages. Return those that changed."""
    changed = []
    for name, text in pages().items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def pages() -> dict[str, str]:
    """Each page by its name: a template of this folder, with its tables."""
    tables = {
        "{activities}": "\n".join(_activities()),
        "{places}": "\n".join(_places()),
        "{impersonal}": "\n".join(_table(entry for entry in data_map().entries if not entry.activity)),
        "{recipients}": "\n".join(_recipients()),
        "{vendors}": "\n".join(_vendors()),
    }
    rendered = {path.name: path.read_text(encoding="utf-8").replace(*LINKS) for path in sorted(TEMPLATES.glob("*.md"))}
    for mark, table in tables.items():
        rendered = {name: text.replace(mark, table) for name, text in rendered.items()}
    return rendered


def _activities() -> Iterator[str]:
    yield "| Activity | Purpose | Legal ground (GDPR) | Categories of data |"
    yield "|---|---|---|---|"
    for name, text in PRIVACY_TEXTS.texts("en").activities.items():
        articles = ", ".join(grounds()[name])
        yield f"| `{name}`: {text.name} | {text.why} | {articles} | {text.categories} |"


def _places() -> Iterator[str]:
    for name in grounds():
        yield f"### `{name}`\n"
        yield from _table(entries_of(name))
        yield ""


def _table(entries: Iterator[Data] | list[Data]) -> Iterator[str]:
    yield "| Store | Name | Owner | What for | Kept |"
    yield "|---|---|---|---|---|"
    for entry in entries:
        yield f"| {entry.store} | `{entry.name}` | {entry.owner or 'nobody'} | {entry.purpose} | {_kept(entry)} |"


def _kept(entry: Data) -> str:
    kept = KEPT.get(entry.kept, entry.kept)
    if entry.kept == "rule":
        rule = data_map().rules[entry.name]
        kept = f"{rule.keep} after `{rule.column}`"
    return f"{kept}; outlives the account: {entry.outlives}" if entry.outlives else kept


def _recipients() -> Iterator[str]:
    yield "| Recipient | What for | Place, and safeguard of a transfer |"
    yield "|---|---|---|"
    for name, text in PRIVACY_TEXTS.texts("en").recipients.items():
        yield f"| {name} | {text.what} | {text.place} |"


def _vendors() -> Iterator[str]:
    yield "| Vendor | What for | Personal data | Kept there | Hosts |"
    yield "|---|---|---|---|---|"
    for entry in data_map().entries:
        if entry.store == "vendor":
            personal = "yes" if entry.activity else "none"
            hosts = ", ".join(f"`{host}`" for host in entry.hosts)
            yield f"| {entry.name} | {entry.purpose} | {personal} | {entry.kept} | {hosts} |"
