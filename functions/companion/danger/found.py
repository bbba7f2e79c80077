"""What the safety gate finds in a message, alone or with those before it, and the support for it."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from functions.companion import queries
from functions.companion.models import MessageDraft
from functions.companion.rules.danger_words import names_suicide, tells_of_commands
from shared.ages import AgeBand
from shared.http import Call
from shared.safety import Grade, Support, care_support, find_codes_in, support_for
from shared.safety.care import Opening, show_support
from shared.safety.findings import CONCERN
from shared.safety.gate import OPENING_GRADES, SCORED, THREAT, find_by_patterns, grade_of

COMMANDED = "explicit_ideation"  # the code for voices that tell somebody to die
SELF_HARM, WORN_OUT = "self_harm", "worn_out"  # codes
READ_TOGETHER = 2_000  # characters of each message
LONGEST_HALVES = 240  # characters of messages that may be parts of a sentence


class Whereabouts(NamedTuple):
    """Where the person probably is, their language, and how old they are."""

    country: str | None
    locale: str
    age_band: AgeBand | None
    is_written: bool  # whether the language is that of the conversation, because the person has set none


class FoundDanger(NamedTuple):
    """What the gate has found in a message, alone or with those before it."""

    support: Support | None
    text: str
    codes: Sequence[str]

    @property
    def own(self) -> Support | None:
        """The support, unless it is for worry about somebody else, or for a threat to them."""
        return None if self.worried or THREAT in self.codes[:1] else self.support

    @property
    def worried(self) -> bool:
        return self.support is not None and self.support.guide is not None

    @property
    def grade(self) -> Grade | None:
        return self.own.grade if self.own else None

    @property
    def scored(self) -> bool:
        """Whether the score alone has found it."""
        return all(code in SCORED for code in self.codes if grade_of(code) != "worth_asking")

    @property
    def is_scored_hint(self) -> bool:
        return self.grade == "indirect" and self.scored

    @property
    def only_self_harm(self) -> bool:
        """Whether all that is grave is self-harm."""
        return SELF_HARM in self.codes and {*self.codes} <= {SELF_HARM, *SCORED}

    @property
    def only_worn_out(self) -> bool:
        """Whether all that a pattern has found is that somebody cannot go on like this."""
        certain = {code for code in self.codes if code not in SCORED and grade_of(code) != "worth_asking"}
        return certain == {WORN_OUT} and self.grade == "indirect"

    @property
    def said(self) -> bool:
        """Whether suicide was named."""
        return "plan" in self.codes or names_suicide(self.text, scored=self.scored)


def grave(support: Support | None) -> Support | None:
    """The support, if it is for words that no model replies to."""
    return support if support and support.grade in OPENING_GRADES else None


async def find(call: Call[MessageDraft], place: Whereabouts, number: int) -> FoundDanger:
    """What is found in a message, and the support for it. `number` chooses its wording.

    What the score alone finds in messages together does not count: it was made for single notes. In long messages
    together only patterns count, because signs are put together from words that are far from each other.
    """
    codes = await asyncio.to_thread(find_codes_in, [call.body.content])
    earlier = [] if grave(call.support) else await queries.load_unanswered_words(call.conn, call.id)
    text = " ".join(words[-READ_TOGETHER:] for words in (*earlier, call.body.content))
    together = await asyncio.to_thread(_codes_together, text) if earlier else []
    certain = [code for code in together if code not in SCORED and grade_of(code) in OPENING_GRADES]
    if not certain and not grave(call.support) and tells_of_commands(text):
        certain = [COMMANDED]
    if support := await show(call, place, certain):
        return FoundDanger(support, text, certain)
    return FoundDanger(in_language(call.support, codes, place, number), call.body.content, codes)


def _codes_together(text: str) -> Sequence[str]:
    codes = find_codes_in([text])
    if len(text) <= LONGEST_HALVES:
        return codes
    patterns = find_by_patterns(text).patterns
    return [code for code in codes if code in patterns]


def in_language(support: Support | None, codes: Sequence[str], place: Whereabouts, number: int) -> Support | None:
    """The support of a request in the language of the conversation, if the person has set none."""
    of_grade = [code for code in codes if support and grade_of(code) == support.grade]
    code = CONCERN if support and support.guide else next(iter(of_grade), None)
    if support is None or code is None or not place.is_written:
        return support
    return support_for(
        code, number, place.country, place.locale, safety_plan=support.safety_plan, age_band=place.age_band
    )


async def show(call: Call[MessageDraft], place: Whereabouts, codes: Sequence[str]) -> Support | None:
    """The support for grave codes that the gate did not find in the message alone. It opens a care period."""
    if not codes:
        return None
    openings = [Opening(code, call.body.id) for code in codes]
    shown = await show_support(call.conn, call.person.id, codes, openings, call.now)
    if shown is None:
        return None
    locale = place.locale if place.is_written else shown.locale
    return support_for(**shown._replace(country=place.country, locale=locale)._asdict())


def lines_of(place: Whereabouts) -> Support:
    """The help lines of the person's country, for somebody who asks for them."""
    return care_support(place.country, place.locale, age_band=place.age_band)


def worry_support(place: Whereabouts, number: int) -> Support:
    """The support for somebody who worries about another person."""
    return support_for(CONCERN, number, place.country, place.locale, age_band=place.age_band)
