"""Cuts a text that is still arriving into sentences."""

import re

# The end of a sentence is known when what follows it has begun. A line ends one as well. The bounds keep a search
# linear.
END = re.compile(
    r"[.!?\u2026]{1,8}[\"'\u201c\u201d\u2019\u00bb)\]]{0,4}\s{1,40}(?=\S)"
    r"|[\u3002\uff01\uff1f][\u300d\u300f\uff09]{0,4}(?=[^\u3002\uff01\uff1f\u300d\u300f\uff09])"
    r"|\n{1,40}(?=[^\n])"
)
LONGEST = 1_000  # characters, after which a text without an end is cut all the same


def complete_sentences(text: str) -> tuple[list[str], str]:
    """The sentences that are complete, and the rest. Together they are the text."""
    sentences, start = list[str](), 0
    for match in END.finditer(text):
        sentences.append(text[start : match.end()])
        start = match.end()
    rest = text[start:]
    while len(rest) > LONGEST:
        sentences.append(rest[:LONGEST])
        rest = rest[LONGEST:]
    return sentences, rest
