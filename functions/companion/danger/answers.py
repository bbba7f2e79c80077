"""Answers words of danger, in place of a model.

The safety gate has read the message alone (`call.support`). Here it is read together with the two before it that had
no support, as one sentence, because people send half a sentence at a time; and as an answer to what the companion has
asked. `rules/danger_states.yaml` says what follows.
"""

import asyncio
from typing import NamedTuple

from functions.companion.danger.found import (
    SELF_HARM,
    FoundDanger,
    Whereabouts,
    find,
    grave,
    in_language,
    lines_of,
    show,
    worry_support,
)
from functions.companion.danger.language import language_after, language_of
from functions.companion.danger.short_texts import in_place_of
from functions.companion.danger.talk import DangerTalk, load_talk
from functions.companion.danger.texts import has_texts
from functions.companion.disclosure.queries import load_age
from functions.companion.disclosure.texts import language_of_question
from functions.companion.languages import UNSET
from functions.companion.models import MessageDraft
from functions.companion.rules.danger_states import (
    GUIDED,
    HELD_STATES,
    HINT_ASKED,
    HURT,
    LISTENED,
    OTHERS,
    OTHERS_ASKED,
    POISONED,
    STEPS,
    WONDERED,
    WORRIED,
    DangerRecord,
    Heard,
)
from functions.companion.rules.danger_text_names import text_name
from functions.companion.rules.danger_words import (
    hear,
    heard_when_held,
    says_yes,
    tells_of_another_topic,
    tells_of_wound,
)
from shared import people
from shared.http import Call
from shared.places import likely_country
from shared.safety import Support, find_codes_in, support_for
from shared.safety.gate import GRADES, SCORED
from shared.safety.texts import languages

POISONING, MEANS_NOW, THOUGHTS = "poisoning_now", "means_now", "explicit_ideation"  # codes
TOLD_OF_WOUND = frozenset({"explicit", "suspected", "hinted", "unclear"})  # what words about a wound are heard as


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
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    talk = await load_talk(call, _own_language(profile))
    place = await _whereabouts(call, profile, talk.before.language)
    number = call.id.int + sum(talk.before.shown.values())
    found = await find(call, place, number)
    talk = talk.with_self_harm(is_told=SELF_HARM in found.codes)
    words = talk.in_english(call.body.content)
    heard = _heard(words, found, talk)
    again = talk.next_after_long(heard)
    state = (
        POISONED if POISONING in found.codes else again or talk.next_state(heard, only_self_harm=found.only_self_harm)
    )
    is_hint = heard == "hinted" or (state is None and found.is_scored_hint and talk.told)
    if is_hint and found.own and state in {None, WONDERED}:
        asks_back = await asyncio.to_thread(language_of_question, call.body.content)
        return _beside(found.own, talk.before, None if asks_back else state)
    if state == WORRIED:
        support = found.support if found.worried else worry_support(place, number)
        return DangerAnswer(support or worry_support(place, number), talk.before.after(state, state), beside=True)
    if state == LISTENED and heard != "lines":
        return DangerAnswer(lines_of(place), talk.before.after(state, state), beside=True)
    if state is None:
        return _translated(call, found)
    return await _answer_in(state, call, place, found, talk, heard, words, is_again=again is not None)


async def support_without_consent(call: Call[MessageDraft]) -> Support | None:
    """The support for grave words, or for an answer to what the machine has asked, in the language of the words.

    Of the conversation, only what the machine has stored itself and the latest reply are read.
    """
    [profile] = (await people.load_profiles(call.conn, [call.person.id])).values()
    place = await _whereabouts(call, profile, language_after(_own_language(profile), call.body.content))
    if grave(call.support):
        return in_language(call.support, find_codes_in([call.body.content]), place, call.id.int)
    talk = await load_talk(call, _own_language(profile))
    return _support_for_answer(call, talk, place) if talk.asked else None


def _support_for_answer(call: Call[MessageDraft], talk: DangerTalk, place: Whereabouts) -> Support:
    """The support for an answer that is not followed without consent: by where the talk about danger stands."""
    if talk.current in HELD_STATES:
        code = POISONING if talk.current == POISONED else MEANS_NOW
        return support_for(code, call.id.int, place.country, place.locale, age_band=place.age_band)
    if says_yes(talk.in_english(call.body.content)):
        return support_for(THOUGHTS, call.id.int, place.country, place.locale, age_band=place.age_band)
    return lines_of(place)


def _own_language(profile: people.LocalProfile) -> str | None:
    """The language of the profile, if the person has set one."""
    return None if profile.locale == UNSET else language_of(profile.locale)


async def _whereabouts(call: Call[MessageDraft], profile: people.LocalProfile, language: str | None) -> Whereabouts:
    """Where the person is, and the language of the conversation, if there are texts in it, or else of the profile."""
    age, accept_language = await load_age(call.conn), call.headers.get("accept-language")
    country = likely_country(age.country, profile.locale, accept_language, profile.timezone)
    is_written = language in languages() and language != language_of(profile.locale)
    return Whereabouts(country, language if is_written and language else profile.locale, age.band, is_written)


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
    is_of_self_harm = {*found.codes} <= {SELF_HARM, *SCORED}
    if talk.current == HURT and is_of_self_harm and heard in TOLD_OF_WOUND and tells_of_wound(content):
        return "yes"
    if heard == "yes_now" and talk.before.text in STEPS:
        return "near_place"
    if heard == "indirect" and found.only_worn_out and (talk.current == LISTENED or not talk.told):
        return "worn_out"
    if talk.current == HINT_ASKED and heard in {"unclear", "hinted"} and tells_of_another_topic(content):
        return "another_topic"
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
    words: str,
    *,
    is_again: bool,
) -> DangerAnswer | None:
    """The reply that sets a state."""
    stored = talk.stored
    support = await show(call, place, _codes_of_answer(state, found, talk)) or found.own
    if heard == "lines" or is_again:
        stored = stored or lines_of(place)
    text = text_name(
        state,
        words,
        heard,
        talk.before.shown,
        before=talk.current,
        asked=talk.before.text,
        later=is_again or talk.is_held_for_long,
    )
    return _reply(talk.before.after(state, text), support, stored or _lines_if_told(talk, place), place, call.id.int)


def _codes_of_answer(state: str, found: FoundDanger, talk: DangerTalk) -> list[str]:
    """What an answer tells of in which the gate has found nothing as grave: danger now, poison, thoughts of dying."""
    if state == POISONED and talk.current != POISONED and found.grade != "immediate":
        return [POISONING]
    if state in HELD_STATES and talk.current not in HELD_STATES and found.grade != "immediate":
        return [MEANS_NOW]
    is_new = not grave(found.own) and not grave(talk.stored)
    return [THOUGHTS] if state == GUIDED and is_new else []


def _lines_if_told(talk: DangerTalk, place: Whereabouts) -> Support | None:
    """Lines for a hint of a danger that was told of before, which has no support of its own."""
    return lines_of(place) if talk.told else None


def _reply(
    record: DangerRecord, support: Support | None, stored: Support | None, place: Whereabouts, number: int
) -> DangerAnswer | None:
    """The reply of a record. `support` is for the message, and `stored` for what it answers."""
    is_immediate = support is not None and support.grade == "immediate"
    if support and (record.state in {OTHERS, OTHERS_ASKED} or (is_immediate and has_texts(place.locale))):
        return DangerAnswer(support, record)
    offered = _graver(support, stored)
    return DangerAnswer(in_place_of(offered, record, number, place.locale), record) if offered else None


def _graver(one: Support | None, other: Support | None) -> Support | None:
    """The support of the graver grade."""
    grades = [*GRADES, None]
    return min(filter(None, (one, other)), key=lambda support: grades.index(support.grade), default=None)
