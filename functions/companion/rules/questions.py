"""Tells whether a reply waits for a yes."""

import re

LAST_SENTENCE = re.compile(r"[^.!?\n]*\?\W*$")
OPEN_QUESTION = re.compile(
    r"\b(?:what|who|whom|which|where|when|why|how|whose"
    r"|was|wer|wen|wem|wessen|welche[rsmn]?|wo|woher|wohin|wann|warum|wieso|wie|wozu"
    r"|wo(?:r(?:an|auf|in|über)|f\u00fcr|mit|von|vor|durch|nach))\b"
)


def asks_yes_or_no(reply: str) -> bool:
    """Whether a reply ends with a question that a yes answers: none for what, who or when."""
    last = LAST_SENTENCE.search(reply.strip().lower())
    return last is not None and not OPEN_QUESTION.search(last[0])
