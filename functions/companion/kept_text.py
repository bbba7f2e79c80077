"""Whether a text of a model may be kept, for later replies to know."""

from collections.abc import Sequence

from shared.safety import find_codes_in
from shared.safety.gate import SCORED
from shared.safety.replies.gate import ReplyGate

SAID_OF_ONESELF = {"personhood", "therapy"}  # "My sister is a nurse" would be a claim if a model said it of itself


def may_be_kept(text: str, locale: str) -> bool:
    """Whether the words tell of no danger, and are such as a model may say."""
    return what_may_be_kept([text], locale) == [text]


def what_may_be_kept(sentences: Sequence[str], locale: str) -> list[str]:
    """The sentences that tell of no danger and that a model may say. None, if a phrase of danger goes across them.

    Across them the scorer does not count: it is made for one thought.
    """
    if any(code not in SCORED for code in find_codes_in(["".join(sentences)])):
        return []
    gate, kept = ReplyGate(locale), list[str]()
    for sentence in sentences:
        before = gate.replaced.total()
        ends_reply = gate.screen([sentence]).ends_reply
        is_replaced = gate.replaced.total() > before and not gate.replaced.keys() <= SAID_OF_ONESELF
        if not is_replaced and not find_codes_in([sentence]):
            kept.append(sentence)
        if ends_reply:
            break
    return kept
