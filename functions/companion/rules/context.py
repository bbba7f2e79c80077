"""Chooses which messages of a conversation a model is sent."""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import NamedTuple
from uuid import UUID

from shared.ai.estimate import token_bound

MOST_MESSAGES = 120
MOST_PICTURES = 4  # that are sent, the newest
LEFT_BY_A_CUT = 3  # a third of the room: what follows a cut is sent with the same beginning many times
MARGIN = 1.25  # for a part of a request, which may have more tokens for its bytes than the whole
FULL = 0.75  # of the room, from where on the oldest messages are summarised


class PastMessage(NamedTuple):
    position: int
    is_question: bool
    text: str
    tells_of_danger: bool = False
    attachments: Sequence[UUID] = ()  # pictures


class TokenCount(NamedTuple):
    """The tokens of a request, as its provider has counted them, and the local estimate of the same request."""

    tokens: int
    bound: int


def tokens_at_most(bound: int, count: TokenCount | None) -> int:
    """The tokens of a request by its local estimate, and by a count of an earlier request of the conversation.

    What came after the count has at most a token for each byte. If less is sent now than then, it counts in proportion.
    """
    if count is None or not 0 < count.tokens <= count.bound:
        return bound
    if bound >= count.bound:
        return count.tokens + bound - count.bound
    return min(bound, ceil(MARGIN * count.tokens * bound / count.bound))


def tokens_of(messages: Iterable[PastMessage]) -> int:
    return sum(token_bound(message.text) for message in messages)


def first_sent(messages: Sequence[PastMessage], room: int) -> int:
    """The index of the first message that is sent: 0 while all of them fit into the room, in tokens."""
    if len(messages) <= MOST_MESSAGES and tokens_of(messages) <= room:
        return 0
    return first_after_cut(messages, room)


def first_after_cut(messages: Sequence[PastMessage], room: int) -> int:
    """The index of the question from which on messages take a third of the room. The last one, a question, stays."""
    first = len(messages) - 1
    left = room // LEFT_BY_A_CUT - token_bound(messages[first].text)
    for index in reversed(range(first)):
        left -= token_bound(messages[index].text)
        if left < 0 or len(messages) - index > MOST_MESSAGES // LEFT_BY_A_CUT:
            break
        if messages[index].is_question:
            first = index
    return first


def newest_within(texts: Sequence[str], room: int) -> list[str]:
    """The newest of some texts that together fit into the room, in their order."""
    kept = list[str]()
    for text in reversed(texts):
        room -= token_bound(text)
        if room < 0:
            break
        kept.append(text)
    return kept[::-1]
