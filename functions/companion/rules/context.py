"""Chooses which messages of a conversation a model is sent."""

from collections.abc import Sequence
from typing import NamedTuple


class PastMessage(NamedTuple):
    is_question: bool
    text: str


def token_bound(text: str) -> int:
    """At least as many tokens as a text has, for every tokenizer: a token is made of one byte or more."""
    return len(text.encode())


def recent_messages(messages: Sequence[PastMessage], budget: int) -> list[PastMessage]:
    """The latest messages within a budget of tokens, from a question on. The last message is always there."""
    kept = [messages[-1]]
    left = budget - token_bound(messages[-1].text)
    for message in reversed(messages[:-1]):
        left -= token_bound(message.text)
        if left < 0:
            break
        kept.append(message)
    kept.reverse()
    first = next(index for index, message in enumerate(kept) if message.is_question)
    return kept[first:]
