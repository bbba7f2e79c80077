"""Tells whether a reply waits for a yes."""

import re

from functions.companion.rules.danger_answers import groups_of, plain_marks

LAST_SENTENCE = re.compile(r"[^.!?\n]*\?\W*$")
END_OF_CLAUSE = re.compile("[,;:]")
OPEN_QUESTION = re.compile(
    r"\b(?:what|who|whom|which|where|when|why|how|whose"
    r"|was|wer|wen|wem|wessen|welche[rsmn]?|wo|woher|wohin|wann|warum|wieso|wie|wozu"
    r"|wo(?:r(?:an|auf|in|uber)|fur|mit|von|vor|durch|nach))\b"
)
SHORT_WORD = re.compile(r"\W*(?!sera )\w{1,4} ")  # before a word that asks: "to whom"
ANYWHERE = frozenset({"hi", "ja", "ko", "tr", "zh"})  # languages in which the word that asks does not come first


def asks_yes_or_no(reply: str, language: str | None = None) -> bool:
    """Whether a reply ends with a question that a yes answers: none for what, who or when."""
    last = LAST_SENTENCE.search(plain_marks(reply).strip())
    return last is not None and not OPEN_QUESTION.search(last[0]) and not _is_open(last[0], language)


def _is_open(question: str, language: str | None) -> bool:
    asks = groups_of(language or "").get("ask")
    if asks is None:
        return False
    if language in ANYWHERE:
        return asks.search(question) is not None
    clauses = map(str.strip, END_OF_CLAUSE.split(question))
    return any(asks.match(clause) or asks.match(SHORT_WORD.sub("", clause, count=1)) for clause in clauses)
