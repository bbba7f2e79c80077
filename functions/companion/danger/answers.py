"""Answers words of danger, in place of a model.

The safety gate has read the message alone (`call.support`). Here it is read together with the two before it that had
no support, as one sentence, because people send half a sentence at a time; and as an answer to what the companion has
asked. `rules/danger_states.yaml` says what follows.
"""

from typing import NamedTuple

from functions.companion.danger.found import FoundDanger, Whereabouts, find, grave, lines_of, show, worry_support
from functions.companion.danger.talk import DangerTalk, load_talk
from functions.companion.danger.texts import DANGER_TEXTS, has_texts
from functions.companion.disclosure.queries import load_age
from functions.companion.languages import UNSET
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
from shared import people
from shared.http import Call
from shared.places import likely_country
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
    talk = await load_talk(call)
    place = await _whereabouts(call, talk.before.language)
    number = call.id.int + sum(talk.before.shown.values())
    found = await find(call, place, number)
    heard = _heard(call.body.content, found, talk)
    again = talk.next_after_long(heard)
    state = POISONED if POISONING in found.codes else again or next_state(talk.current, heard)
    is_hint = heard == "hinted" or (state is None and found.is_scored_hint and talk.told)
    if is_hint and found.own and state in {None, WONDERED}:
        return _beside(found.own, talk.before, None if asks_what_it_is(call.body.content) else state)
    if state == WORRIED:
        support = found.support if found.worried else worry_support(place, number)
        return DangerAnswer(support or worry_support(place, number), talk.before.after(state, state), beside=True)
    if state is None:
        return _translated(call, found)
    return await _answer_in(state, call, place, found, talk, heard, is_again=again is not None)


async def _whereabouts(call: Call[MessageDraft], language: str | None) -> Whereabouts:
    """Where the person is. Who has set no language has that of the conversation."""
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    age, accept_language = await load_age(call.conn), call.headers.get("accept-language")
    country = likely_country(age.country, profile.locale, accept_language, profile.timezone)
    is_written = profile.locale == UNSET and language is not None and has_texts(language)
    locale = language if is_written and language else profile.locale
    return Whereabouts(country, locale, age.band, is_written and locale != UNSET)


def _heard(content: str, found: FoundDanger, talk: DangerTalk) -> Heard:
    """What the message says to the machine, as an answer to its latest reply."""
    heard = hear(
        content,
        found.grade,
        said=found.said,
        scored=found.scored,
        asked=talk.asked,
        in_danger=talk.told,
        talked=talk.talked,
        worried=found.worried,
    )
    if talk.current in HELD_STATES:
        before = talk.before
        return heard_when_held(content, heard, before.text, talk.current, before.shown.get(before.text, 1))
    if heard == "yes_now" and talk.before.text in STEPS:
        return "near_place"
    is_plain = heard in {"unclear", "hinted"} and says_yes(content)
    return "yes" if talk.current == WONDERED and is_plain and talk.beside_is_open else heard


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
    place: Whereabouts,
    found: FoundDanger,
    talk: DangerTalk,
    heard: Heard,
    *,
    is_again: bool,
) -> DangerAnswer | None:
    """The reply that sets a state."""
    before, current, support, stored = talk.before, talk.current, found.own, talk.stored
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
        later=is_again or talk.is_held_for_long,
    )
    return _reply(before.after(state, text), support, stored or _lines_if_told(talk, place), place, call.id.int)


def _lines_if_told(talk: DangerTalk, place: Whereabouts) -> Support | None:
    """Lines for a hint of a danger that was told of before, which has no support of its own."""
    return lines_of(place) if talk.told else None


def _reply(
    record: DangerRecord, support: Support | None, stored: Support | None, place: Whereabouts, number: int
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
