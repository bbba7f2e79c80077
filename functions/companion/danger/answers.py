"""Answers words of danger, in place of a model.

The safety gate has read the message alone (`call.support`). Here it is read together with those before it, and with
what the companion has asked. `rules/danger_states.yaml` says what follows.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from functions.companion import queries
from functions.companion.danger.texts import DANGER_TEXTS, has_texts
from functions.companion.models import MessageDraft
from functions.companion.rules.danger_states import (
    FIRST_RECORD,
    HELD,
    OTHERS,
    SAFE,
    DangerRecord,
    current_state,
    next_state,
)
from functions.companion.rules.danger_words import Heard, hear, text_name
from shared import people
from shared.http import Call
from shared.safety import Support, find_codes_in, support_for
from shared.safety.care import Opening, show_support
from shared.safety.gate import OPENING_GRADES, grade_of

READ_TOGETHER = 2_000  # characters of each message


class DangerAnswer(NamedTuple):
    """A reply in place of a model's. Its text is that of the support."""

    support: Support
    record: DangerRecord | None  # None if nothing follows from it

    @property
    def held(self) -> bool:
        """Whether no model replies after it."""
        return self.record is not None and self.record.state == HELD


def grave(support: Support | None) -> Support | None:
    """The support, if it is for words that no model replies to."""
    return support if support and support.grade in OPENING_GRADES else None


def support_parts(support: Support) -> list[str]:
    return [f"{support.message}\n\n", support.question] if support.question else [support.message]


async def answer(call: Call[MessageDraft]) -> DangerAnswer | None:
    """The reply to a message that the machine answers. None for all others."""
    latest = await queries.load_latest_danger(call.conn, call.id)
    before = DangerRecord.model_validate(latest.danger) if latest else FIRST_RECORD
    support = grave(call.support) or await _support_together(call) or _about_oneself(call.support)
    heard = hear(call.body.content, support.grade if support else None, has_plan=await _has_plan(call, support))
    state = next_state(current_state(before, latest.created_at if latest else call.now, call.now), heard)
    if heard == "immediate" and not (support and support.grade == "immediate"):
        support = await _show(call, ["means_now"]) or support
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    if not has_texts(profile.locale) and (grave(support) or state not in {HELD, SAFE}):
        return _by_support_alone(support, before, state)
    offered = support or (Support.model_validate(latest.support) if latest else None)
    if state is None or offered is None:
        return None
    name = text_name(state, call.body.content)
    if state != OTHERS and not (state == HELD and support and support.grade == "immediate"):
        texts = DANGER_TEXTS.texts(profile.locale)
        offered = texts.in_place_of(offered, name, call.id.int + before.times_shown(name))
    return DangerAnswer(offered, before.after(state, name))


def _by_support_alone(support: Support | None, before: DangerRecord, state: str | None) -> DangerAnswer | None:
    """The answer in a language in which the machine has no texts: that of the support, for grave danger."""
    if not grave(support):
        return None
    return DangerAnswer(support, before.after(HELD, HELD) if state == HELD else None)


def _about_oneself(support: Support | None) -> Support | None:
    """The support, unless it is for worry about somebody else."""
    return support if support and not support.guide else None


async def _has_plan(call: Call[MessageDraft], support: Support | None) -> bool:
    """Whether a message of grave danger tells of a plan."""
    return bool(grave(support)) and "plan" in await asyncio.to_thread(find_codes_in, [call.body.content])


async def _support_together(call: Call[MessageDraft]) -> Support | None:
    """Support for what the message says together with the two before it that had no support.

    They are read as one sentence, because people send half a sentence at a time.
    """
    earlier = await queries.load_unanswered_words(call.conn, call.id)
    if not earlier:
        return None
    text = " ".join(words[-READ_TOGETHER:] for words in (*earlier, call.body.content))
    found = await asyncio.to_thread(find_codes_in, [text])
    return await _show(call, [code for code in found if grade_of(code) in OPENING_GRADES])


async def _show(call: Call[MessageDraft], codes: Sequence[str]) -> Support | None:
    """The support for codes that the gate did not find in the message alone. It opens a care period."""
    if not codes:
        return None
    openings = [Opening(code, call.body.id) for code in codes]
    shown = await show_support(call.conn, call.person.id, codes, openings, call.now)
    return support_for(**shown._asdict()) if shown else None
