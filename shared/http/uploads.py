"""Files that a person sends to be imported: as the body, or in a form with JSON objects beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from shared.errors import Fault, Invalid, Sentence
from shared.http.fields import RequestModel
from shared.http.multipart import FORM, read_form
from shared.http.responses import ResponseModel
from shared.written_dates import DateOrder

CSV = "text/csv"
MAX_STRINGS = 256 * 1024  # of each part beside the file
MAX_LISTED = 100  # errors
NEEDS_FILE = Sentence('Your form needs a part named "file".')


class UnreadableImport(Invalid):
    """This file cannot be imported."""

    code = "unreadable_import"


class ImportQuery(RequestModel):
    dry_run: bool = Field(default=False, description="Only count what an import would add.")
    date_order: DateOrder | None = None


class LineError(ResponseModel):
    line: int
    msg: str


@dataclass(frozen=True)
class ImportFile:
    content: bytes
    strings: Mapping[str, Mapping[str, str]]  # by part of the form, empty where the part is missing


def read_upload(content_type: str, body: bytes, *parts: str) -> ImportFile:
    """A file, and the parts of its form that are JSON objects of strings. Raises `UnreadableImport`."""
    if not content_type.lower().startswith(FORM):
        return ImportFile(body, {part: {} for part in parts})
    form = read_form(content_type, body)
    if "file" not in form:
        raise UnreadableImport(faults=[Fault(("body", "file"), NEEDS_FILE)])
    return ImportFile(form["file"], {part: _strings(form, part) for part in parts})


def _strings(form: Mapping[str, bytes], part: str) -> dict[str, str]:
    text = form.get(part, b"{}")
    if len(text) > MAX_STRINGS:
        raise UnreadableImport(
            faults=[Fault(("body", part), Sentence("must have at most {most:,} bytes", most=MAX_STRINGS))]
        )
    try:
        strings = json.loads(text)
        if isinstance(strings, dict) and all(isinstance(value, str) for value in strings.values()):
            return strings
    except (ValueError, RecursionError):
        pass
    raise UnreadableImport(faults=[Fault(("body", part), Sentence("must be a JSON object whose values are texts"))])
