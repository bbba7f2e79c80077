"""Whether a text of a model may be kept, for later replies to know."""

from collections.abc import Sequence

from shared.safety import find_codes_in
from shared.safety.replies.gate import ReplyGate

SAID_OF_ONESELF = {"personhood", "therapy"}  # "My sister is a nurse" would be a claim if a model said it of itself


def may_be_kept(sentences: Sequence[str], locale: str) -> bool:
    """Whether the words tell of no danger, and are such as a model may say."""
    if find_codes_in(["".join(sentences)]):
        return False
    gate = ReplyGate(locale)
    gate.screen(sentences)
    return gate.replaced.keys() <= SAID_OF_ONESELF
