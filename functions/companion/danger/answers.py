"""Answers words of danger, in place of a model.

The safety gate has read the message alone (`call.support`). Here it is read together with the two before it that had
no support, as one sentence, because people send half a sentence at a time; and as an answer to what the companion has
asked. `rules/danger_states.yaml` says what follows.
"""

from typing import NamedTuple

from functions.companion.danger.found import FoundDanger, find, grave, lines_of, show, worry_support
from functions.companion.danger.situation import Place, Situation, load_place, load_situation
from functions.companion.danger.texts import DANGER_TEXTS, has_texts
from functions.companion.models import MessageDraft
from functions.companion.rules.danger_states import (
    HELD_STATES,
    OTHERS,
    OTHERS_ASKED,
    POISONED,
    SAFE,
    STEPS,
    WONDERED,
    WORRIED,
    DangerRecord,
    Heard,
    next_state,
)
from functions.companion.rules.danger_text_names import text_name
from functions.companion.rules.danger_words import hear, heard_when_held, says_yes
from functions.companion.rules.disclosure import asks_what_it_is
from shared.http import Call
from shared.safety import Support
from shared.safety.gate import GRADES

POISONING = "poisoning_now"


class DangerAnswer(NamedTuple):
    """A reply in place of a model's, whose text is that of the support; or support beside a reply."""

    support: Support
    record: DangerRecord | None  # None if nothing follows from it
    beside: bool = False

    @property
    def held(self) -> bool:
        """Whether no model replies after it."""
        return self.record is not None and self.record.state in HELD_STATES


def support_parts(support: Support) -> list[str]:
    return [f"{support.message}\n\n", support.question] if support.question else [support.message]


async def answer(call: Call[MessageDraft]) -> DangerAnswer | None:
    """The reply to a message that the machine answers, or what it adds to one of a model. None for all others."""
    situation = await load_situation(call)
    place = await load_place(call, situation.before.language)
    number = call.id.int + sum(situation.before.shown.values())
    found = await find(call, place, number)
    heard = _heard(call.body.content, found, situation)
    again = situation.next_after_long(heard)
    state = POISONED if POISONING in found.codes else again or next_state(situation.current, heard)
    is_hint = heard == "hinted" or (state is None and found.is_scored_hint and situation.told)
    if is_hint and found.own and state in {None, WONDERED}:
        return _beside(found.own, situation.before, None if asks_what_it_is(call.body.content) else state)
    if state == WORRIED:
        support = found.support if found.worried else worry_support(place, number)
        return DangerAnswer(support or worry_support(place, number), situation.before.after(state, state), beside=True)
    if state is None:
        return _translated(call, found)
    return await _answer_in(state, call, place, found, situation, heard, is_again=again is not None)


def _heard(content: str, found: FoundDanger, situation: Situation) -> Heard:
    """What the message says to the machine, as an answer to its latest reply."""
    heard = hear(
        content,
        found.grade,
        said=found.said,
        scored=found.scored,
        asked=situation.asked,
        in_danger=situation.told,
        talked=situation.talked,
        worried=found.worried,
    )
    if situation.current in HELD_STATES:
        before = situation.before
        return heard_when_held(content, heard, before.text, situation.current, before.shown.get(before.text, 1))
    if heard == "yes_now" and situation.before.text in STEPS:
        return "near_place"
    is_plain = heard in {"unclear", "hinted"} and says_yes(content)
    return "yes" if situation.current == WONDERED and is_plain and situation.beside_is_open else heard


def _beside(support: Support, before: DangerRecord, state: str | None) -> DangerAnswer:
    """Support for a hint that the score alone has found. It asks once in a conversation, beside the reply."""
    if state is None:
        return DangerAnswer(support.model_copy(update={"question": None}), None, beside=True)
    return DangerAnswer(support, before.after(state, state), beside=True)


def _translated(call: Call[MessageDraft], found: FoundDanger) -> DangerAnswer | None:
    """The support of a request that the machine does not answer, if it is in another language than the request's."""
    is_changed = found.support is not None and found.support != call.support
    return DangerAnswer(found.support, None, beside=True) if is_changed and found.support else None


async def _answer_in(  # noqa: PLR0913, PLR0917 - what is known of a message
    state: str,
    call: Call[MessageDraft],
    place: Place,
    found: FoundDanger,
    situation: Situation,
    heard: Heard,
    *,
    is_again: bool,
) -> DangerAnswer | None:
    """The reply that sets a state."""
    before, current, support, stored = situation.before, situation.current, found.own, situation.stored
    if state in HELD_STATES and current not in HELD_STATES and found.grade != "immediate":
        support = await show(call, place, ["means_now"]) or support
    if heard == "lines" or is_again:
        stored = stored or lines_of(place)
    text = text_name(
        state,
        call.body.content,
        heard,
        before.shown,
        before=current,
        asked=before.text,
        later=is_again or situation.is_held_for_long,
    )
    return _reply(before.after(state, text), support, stored or _lines_if_told(situation, place), place, call.id.int)


def _lines_if_told(situation: Situation, place: Place) -> Support | None:
    """Lines for a hint of a danger that was told of before, which has no support of its own."""
    return lines_of(place) if situation.told else None


def _reply(
    record: DangerRecord, support: Support | None, stored: Support | None, place: Place, number: int
) -> DangerAnswer | None:
    """The reply of a record. `support` is for the message, and `stored` for what it answers."""
    if support and grave(support) and not has_texts(place.locale):
        return DangerAnswer(support, record if record.state in HELD_STATES else None)
    if not has_texts(place.locale) and record.state not in HELD_STATES | {SAFE}:
        return None
    if support and (record.state in {OTHERS, OTHERS_ASKED} or support.grade == "immediate"):
        return DangerAnswer(support, record)
    offered = _graver(support, stored)
    if offered is None:
        return None
    texts = DANGER_TEXTS.texts(place.locale)
    return DangerAnswer(texts.in_place_of(offered, record.text, number + record.times_shown), record)


def _graver(one: Support | None, other: Support | None) -> Support | None:
    """The support of the graver grade."""
    grades = [*GRADES, None]
    return min(filter(None, (one, other)), key=lambda support: grades.index(support.grade), default=None)
