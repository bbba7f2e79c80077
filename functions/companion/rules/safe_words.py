"""Tells whether a person says that they are safe. The companion asks for these very words."""

import re

SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
SAFE = re.compile(r"\bi(?: am|['\u2019]?m)(?: \w+)? safe\b|\bich bin(?: \w+)? (?:in sicherheit|sicher)\b")
DOUBT = re.compile(
    r"\b(?:not|never|no|if|when|wish|until|nicht|nie|nein|kein|wenn|ob|bis|falls|w\u00e4re)\b|n['\u2019]t\b|\?"
)


def says_safe(text: str) -> bool:
    """Whether a sentence says so without a doubt, a condition or a question."""
    sentences = SENTENCE.findall(" ".join(text.lower().split()))
    return any(SAFE.search(sentence) and not DOUBT.search(sentence) for sentence in sentences)
