"""Answers of the module `support`: the passage of an article that suits a message, with a link to the article.

The whole answer is in the language of the question, if there are articles in it, and else in that of the profile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from functions.companion.help import search
from functions.companion.help.articles import address
from functions.companion.help.search import Found
from functions.companion.queries import MessageRow, load_question
from functions.companion.texts import COMPANION_TEXTS
from shared.http import Call
from shared.people import LocalProfile


async def write(call: Call[Any, Any], row: MessageRow, profile: LocalProfile, now: datetime) -> str:
    """The text of a reply without a model: it quotes, and adds nothing."""
    found = await search.find_preferring(call.conn, await load_question(call.conn, row, now), profile.locale)
    language = found[0].article.language if found else profile.locale
    texts = COMPANION_TEXTS.texts(language)
    further = texts.support["team" if call.services.settings.support_email else "no_team"]
    if not found:
        return f"{texts.support['nothing_found']} {further}"
    quote = f"{texts.support['found']}\n\n> {found[0].passage}{links(call, found, language)}"
    return f"{quote}\n\n{texts.support['not_meant']} {further}"


def links(call: Call[Any, Any], found: Sequence[Found], locale: str) -> str:
    """The articles that were found, as lines of Markdown, or nothing."""
    if not found:
        return ""
    heading = COMPANION_TEXTS.texts(locale).support["articles"]
    shown = [each.in_language(locale).article for each in found]
    lines = [f"- [{article.title}]({address(call.services.settings, article)})" for article in shown]
    return "\n\n" + "\n".join([heading, *lines])
