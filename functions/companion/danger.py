"""Answers words of danger, in place of a model.

The safety gate has read the message alone (`call.support`). Here it is read together with those before it. After
immediate danger no model replies until the person says that they are safe.
"""

import asyncio
from typing import NamedTuple

from functions.companion import queries
from functions.companion.models import MessageDraft
from functions.companion.rules.safe_words import says_safe
from functions.companion.texts import load_texts
from shared.http import Call
from shared.safety import Support, find_codes_in, support_for
from shared.safety.care import Opening, show_support
from shared.safety.gate import OPENING_GRADES, grade_of

READ_TOGETHER = 2_000  # characters of each message


class DangerAnswer(NamedTuple):
    parts: list[str]
    support: Support
    held: bool  # no model replies after it


def grave(support: Support | None) -> Support | None:
    """The support, if it is for words that no model replies to."""
    return support if support and support.grade in OPENING_GRADES else None


def support_parts(support: Support) -> list[str]:
    return [f"{support.message}\n\n", support.question] if support.question else [support.message]


async def answer(call: Call[MessageDraft]) -> DangerAnswer | None:
    """The reply to a message that tells of danger, or that comes after immediate danger. None for all others."""
    latest = await queries.load_latest_reply(call.conn, call.id, call.now)
    held = latest if latest and latest.held and not says_safe(call.body.content) else None
    if support := grave(call.support) or await _support_together(call):
        return DangerAnswer(support_parts(support), support, held is not None or support.grade == "immediate")
    if held is None:
        return None
    wordings = (await load_texts(call.conn, call.person.id)).held
    return DangerAnswer([wordings[held.position // 2 % len(wordings)]], Support.model_validate(held.support), held=True)


async def _support_together(call: Call[MessageDraft]) -> Support | None:
    """Support for what the message says together with the two before it that had no support.

    They are read as one sentence, because people send half a sentence at a time.
    """
    earlier = await queries.load_unanswered_words(call.conn, call.id)
    if not earlier:
        return None
    text = " ".join(words[-READ_TOGETHER:] for words in (*earlier, call.body.content))
    found = await asyncio.to_thread(find_codes_in, [text])
    codes = [code for code in found if grade_of(code) in OPENING_GRADES]
    if not codes:
        return None
    openings = [Opening(code, call.body.id) for code in codes]
    shown = await show_support(call.conn, call.person.id, codes, openings, call.now)
    return support_for(**shown._asdict()) if shown else None
