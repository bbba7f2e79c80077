"""The lines of an imported file that cannot be read, in the language of the person."""

from collections.abc import Sequence
from typing import Any

from shared.csv_table import UnreadableLine
from shared.http.operations import Call
from shared.http.problem_texts import in_language, load_language
from shared.http.uploads import MAX_LISTED, LineError


async def told_lines(call: Call[Any, Any], unreadable: Sequence[UnreadableLine]) -> list[LineError]:
    """The first of them. Without any, nothing is read."""
    if not unreadable:
        return []
    language = await load_language(call.conn, call.headers.get("accept-language", ""))
    return [LineError(line=each.line, msg=in_language(each.reason, language)) for each in unreadable[:MAX_LISTED]]
