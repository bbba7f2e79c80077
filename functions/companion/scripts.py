"""What is replied where no language model is: by the guide, from the help articles, or that a module needs a model."""

from datetime import datetime
from typing import Any

from functions.companion.help import answers
from functions.companion.queries import MessageRow
from functions.companion.texts import COMPANION_TEXTS
from shared.http import Call
from shared.people import LocalProfile


async def write(call: Call[Any, Any], row: MessageRow, profile: LocalProfile, now: datetime) -> str:
    """The text of a reply."""
    if row.module == "support":
        return await answers.write(call, row, profile, now)
    if row.module != "companion":
        return COMPANION_TEXTS.texts(profile.locale).needs_model[row.module]
    from functions.companion.guide import replies as guide

    return await guide.write(call, row, profile, now)
