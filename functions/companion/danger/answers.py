"""Answers words of danger, in place of a model.

The safety gate has read the message alone (`call.support`). Here it is read together with the two before it that had
no support, as one sentence, because people send half a sentence at a time; and as an answer to what the companion has
asked. `rules/danger_states.yaml` says what follows.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from functions.companion import queries
from functions.companion.danger.queries import load_latest_state
from functions.companion.danger.texts import DANGER_TEXTS, has_texts
from functions.companion.disclosure.queries import load_age
from functions.companion.languages import UNSET, written_language
from functions.companion.models import MessageDraft
from functions.companion.rules.danger_states import (
    ASKS_SAFETY,
    FIRST_RECORD,
    HELD_STATES,
    LATER,
    OTHERS,
    POISONED,
    SAFE,
    START,
    TALKED,
    UNTOLD,
    WONDERED,
    DangerRecord,
    Heard,
    current_state,
    is_asking,
    nearness,
    next_state,
)
from functions.companion.rules.danger_words import hear, names_suicide, says_only_yes, says_yes, text_name
from functions.companion.rules.disclosure import asks_what_it_is
from shared import people
from shared.ages import AgeBand
from shared.http import Call
from shared.places import likely_country
from shared.safety import Grade, Support, care_support, find_codes_in, support_for
from shared.safety.care import Opening, show_support
from shared.safety.gate import GRADES, OPENING_GRADES, SCORED, find_by_patterns, grade_of

POISONING = "poisoning_now"
READ_TOGETHER = 2_000  # characters of each message
LONGEST_HALVES = 240  # characters of messages that may be parts of a sentence


class DangerAnswer(NamedTuple):
    """A reply in place of a model's, whose text is that of the support; or support beside a reply."""

    support: Support
    record: DangerRecord | None  # None if nothing follows from it
    beside: bool = False

    @property
    def held(self) -> bool:
        """Whether no model replies after it."""
        return self.record is not None and self.record.state in HELD_STATES


def grave(support: Support | None) -> Support | None:
    """The support, if it is for words that no model replies to."""
    return support if support and support.grade in OPENING_GRADES else None


def support_parts(support: Support) -> list[str]:
    return [f"{support.message}\n\n", support.question] if support.question else [support.message]


class FoundDanger(NamedTuple):
    """What the gate has found in a message, alone or with those before it."""

    support: Support | None
    text: str
    codes: Sequence[str]

    @property
    def grade(self) -> Grade | None:
        return self.support.grade if self.support else None

    @property
    def scored(self) -> bool:
        """Whether the score alone has found it."""
        return all(code in SCORED for code in self.codes if grade_of(code) != "worth_asking")

    @property
    def said(self) -> bool:
        """Whether suicide was named."""
        return "plan" in self.codes or names_suicide(self.text, scored=self.scored)


async def answer(call: Call[MessageDraft]) -> DangerAnswer | None:
    """The reply to a message that the machine answers, or what it adds to one of a model. None for all others."""
    latest = await queries.load_latest_danger(call.conn, call.id)
    before, since = await _before(call, latest), latest.created_at if latest else call.now
    current = current_state(before, since, call.now)
    found = await _found(call)
    heard = await _heard(call, found, before, current, call.now - since)
    state = POISONED if POISONING in found.codes else next_state(current, heard)
    if heard == "hinted" and found.support and state in {None, WONDERED}:
        return _beside(found.support, before, None if asks_what_it_is(call.body.content) else state)
    if state is None:
        return None
    support = found.support
    if state in HELD_STATES and current not in HELD_STATES and found.grade != "immediate":
        support = await _show(call, ["means_now"]) or support
    stored = Support.model_validate(latest.support) if latest and current != START else None
    if heard == "lines":
        stored = stored or await _lines(call)
    later = current in HELD_STATES and call.now - since > LATER
    text = text_name(state, call.body.content, heard, before.shown, later=later)
    return await _reply(call, before.after(state, text), support, stored)


async def _before(call: Call[MessageDraft], latest: queries.DangerRow | None) -> DangerRecord:
    """The latest record of the conversation, with the language of the message where it is clear."""
    before = DangerRecord.model_validate(latest.danger) if latest else FIRST_RECORD
    written = await asyncio.to_thread(written_language, call.body.content)
    return before.model_copy(update={"language": written}) if written else before


async def _heard(
    call: Call[MessageDraft], found: FoundDanger, before: DangerRecord, current: str, passed: timedelta
) -> Heard:
    """What the message says to the machine, as an answer to its latest reply."""
    is_last = current != START and await load_latest_state(call.conn, call.id, call.now - TALKED) is not None
    heard = hear(
        call.body.content,
        found.grade,
        said=found.said,
        scored=found.scored,
        asked=is_asking(current),
        in_danger=current not in UNTOLD,
        talked=nearness(before, current, passed, is_last=is_last),
    )
    if current == WONDERED and heard in {"unclear", "hinted"} and says_yes(call.body.content):
        return "yes"
    return "assured" if before.text in ASKS_SAFETY and says_only_yes(call.body.content) else heard


def _beside(support: Support, before: DangerRecord, state: str | None) -> DangerAnswer:
    """Support for a hint that the score alone has found. It asks once in a conversation, beside the reply."""
    if state is None:
        return DangerAnswer(support.model_copy(update={"question": None}), None, beside=True)
    return DangerAnswer(support, before.after(state, state), beside=True)


async def _reply(
    call: Call[MessageDraft], record: DangerRecord, support: Support | None, stored: Support | None
) -> DangerAnswer | None:
    """The reply that sets a state. `support` is for the message, and `stored` for what it answers."""
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    if profile.locale == UNSET and record.language and has_texts(record.language):
        profile = profile._replace(locale=record.language)
    if support and grave(support) and not has_texts(profile.locale):
        return DangerAnswer(support, record if record.state in HELD_STATES else None)
    if not has_texts(profile.locale) and record.state not in HELD_STATES | {SAFE}:
        return None
    if support and (record.state == OTHERS or support.grade == "immediate"):
        return DangerAnswer(support, record)
    offered = _graver(support, stored)
    if offered is None:
        return None
    texts = DANGER_TEXTS.texts(profile.locale)
    return DangerAnswer(texts.in_place_of(offered, record.text, call.id.int + record.times_shown), record)


async def _lines(call: Call[MessageDraft]) -> Support:
    """The help lines of the person's country, for somebody who asks for them."""
    country, locale, age_band = await _place(call)
    return care_support(country, locale, age_band=age_band)


async def _place(call: Call[MessageDraft]) -> tuple[str | None, str, AgeBand | None]:
    """The country in which the person probably is, their language, and how old they are."""
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    age, accept_language = await load_age(call.conn), call.headers.get("accept-language")
    country = likely_country(age.country, profile.locale, accept_language, profile.timezone)
    return country, profile.locale, age.band


def _graver(one: Support | None, other: Support | None) -> Support | None:
    """The support of the graver grade."""
    grades = [*GRADES, None]
    return min(filter(None, (one, other)), key=lambda support: grades.index(support.grade), default=None)


async def _found(call: Call[MessageDraft]) -> FoundDanger:
    """What is found in a message, and the support for it. Worry about somebody else has none here.

    What the score alone finds in messages together does not count: it was made for single notes. In long messages
    together only patterns count, because signs are put together from words that are far from each other.
    """
    codes = await asyncio.to_thread(find_codes_in, [call.body.content])
    earlier = [] if grave(call.support) else await queries.load_unanswered_words(call.conn, call.id)
    if earlier:
        text = " ".join(words[-READ_TOGETHER:] for words in (*earlier, call.body.content))
        together = await asyncio.to_thread(_codes_together, text)
        certain = [code for code in together if code not in SCORED and grade_of(code) in OPENING_GRADES]
        if support := await _show(call, certain):
            return FoundDanger(support, text, certain)
    own = call.support if call.support and not call.support.guide else None
    return FoundDanger(own, call.body.content, codes)


def _codes_together(text: str) -> Sequence[str]:
    codes = find_codes_in([text])
    if len(text) <= LONGEST_HALVES:
        return codes
    patterns = find_by_patterns(text).patterns
    return [code for code in codes if code in patterns]


async def _show(call: Call[MessageDraft], codes: Sequence[str]) -> Support | None:
    """The support for grave codes that the gate did not find in the message alone. It opens a care period."""
    if not codes:
        return None
    openings = [Opening(code, call.body.id) for code in codes]
    shown = await show_support(call.conn, call.person.id, codes, openings, call.now)
    if shown is None:
        return None
    country, *_ = await _place(call)
    return support_for(**shown._replace(country=country)._asdict())
