"""Tells whether a person says that they are safe. The companion asks for these very words."""

import re

SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
SAFE = re.compile(
    r"\bi(?: am|['\u2019]?m)(?: (?!not|never)\w+)? safe\b"
    r"|\bi(?: am|['\u2019]?m)(?: not| no longer)(?: really)? in danger\b|\bout of danger\b"
    r"|\b(?:ich )?bin(?: ich)?(?: (?!nicht|nie|mir)\w+)? (?:in sicherheit\b|safe\b|au\u00dfer gefahr\b"
    r"|sicher(?:\W*$| (?:hier|jetzt|zu ?hause|daheim)\b))"
    r"|\bbin(?: \w+)? nicht (?:mehr )?in gefahr\b|^(?:ja,? )?in sicherheit\b"
)
DOUBT = re.compile(
    r"\b(?:not|never|no|if|when|wish|until|nicht|nie|nein|kein|wenn|ob|bis|falls|w\u00e4re)\b|n['\u2019]t\b|\?"
)
NO_FIRST = re.compile(r"^(?:(?:no|nope|nein|nee|n\u00f6)\b[ ,]*)+")


def says_safe(text: str) -> bool:
    """Whether a sentence says so without a doubt, a condition or a question beside it."""
    sentences = (NO_FIRST.sub("", sentence.strip()) for sentence in SENTENCE.findall(" ".join(text.lower().split())))
    return any(SAFE.search(sentence) and not DOUBT.search(SAFE.sub("", sentence)) for sentence in sentences)
