"""Replies of the guide to people who write in a language that it does not read. It does not act as if it did."""

import re
from pathlib import Path
from typing import NamedTuple

from functions.companion.danger.language import is_latin, language_after, script_language
from functions.companion.danger.texts import all_ways
from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS
from functions.companion.guide.flows import GuideState
from functions.companion.guide.rules.unread import UnreadTexts, reply
from functions.companion.languages import leading_language
from shared.languages import FALLBACK, Languages
from shared.safety.helplines import lines_for

UNREAD_TEXTS = Languages(Path(__file__).parent, UnreadTexts)
FEWEST, FEW = 4, 0.3  # words of a text, and the share of them that is known in a language in which it may be written
UNKNOWN = "und"  # a language that we cannot tell (BCP 47), whose texts are English


class UnreadReply(NamedTuple):
    text: str
    state: GuideState


def spoken_language(text: str, before: str | None, own: str | None) -> str:
    """The language of a conversation after a message. `own` is that of the profile, if the person has set one.

    Of those that the guide reads, it speaks the person's own.
    """
    read = FLOW_TEXTS.by_code
    written = script_language(text, before) or leading_language(text, read)
    if not written and (not is_latin(text) or (not before and not own and _is_unknown(text))):
        written = UNKNOWN
    spoken = before or own
    language = written or language_after(spoken, text) or FALLBACK
    return own if own and own in read and language in read else language


def _is_unknown(text: str) -> bool:
    """Whether hardly a word of a text of some words is known in a language that the guide reads."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    most = max(sum(word in words_of.search.known for word in words) for words_of in FLOW_WORDS.by_code.values())
    return len(words) >= FEWEST and most < FEW * len(words)


def write(text: str, language: str, before: GuideState | None, version: int, country: str | None) -> UnreadReply:
    """The reply, in the language of the message. In one that the guide reads, a talk then begins anew."""
    kept = before.left_off() if before else GuideState(version=version, flow="start", step="farewell")
    texts = UNREAD_TEXTS.by_code.get(language) or UNREAD_TEXTS.by_code[UNKNOWN]
    said = reply(texts, text, language, kept.said)
    lines = lines_for(country, language=language) if said.names_people else ()
    parts = [*said.parts, *(f"\n- {all_ways(line)}" for line in lines)]
    return UnreadReply("".join(parts), kept.model_copy(update={"language": language, "said": said.said}))
