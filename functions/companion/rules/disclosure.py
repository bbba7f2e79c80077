"""When a person is told what the companion is: if they ask, and from time to time. That depends on no model."""

import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

Reminder: TypeAlias = Literal["plain", "break"]

INTERVAL, MINORS_INTERVAL = timedelta(hours=3), timedelta(hours=1)
PAUSE = timedelta(minutes=30)

BEING = (
    r"(?:a |an |actually |really |even |just |like |some |kind of )*"
    r"(?:human|chatgpt|chat gpt|gpt|siri|alexa|"
    r"claude|gemini|real|person|people|bot|robot|machine|computer|program|ai|chatbot|therapist|doctor|psychologist|somebody)"
)
GERMAN_BEING = (
    r"(?:ein |eine |wirklich |eigentlich |denn |überhaupt |echt |nur |so |jetzt |irgendein |irgendeine )*"
    r"(?:mensch|chatgpt|chat gpt|gpt|siri|alexa|"
    r"claude|gemini|echt|person|bot|roboter|maschine|computer|programm|ki|chatbot|therapeut|therapeutin|arzt|ärztin|jemand)"
)
ASKED = re.compile(
    rf"\b(?:are|r) (?:you|u) {BEING}\b|\byou(?: are|['\u2019]re) {BEING}\b[^.!?]{{0,80}}\?"
    rf"|\bam i (?:talking|speaking|chatting) (?:to|with) {BEING}\b|\bwho (?:or what )?are you\b|\bwhat are you\b"
    rf"|\bbist du {GERMAN_BEING}\b|\bdu bist {GERMAN_BEING}\b[^.!?]{{0,80}}\?|\bsind sie {GERMAN_BEING}\b"
    rf"|\b(?:rede|spreche|schreibe) ich mit {GERMAN_BEING}|\b(?:wer|was) bist du\b"
)


def asks_what_it_is(text: str) -> bool:
    return ASKED.search(" ".join(text.lower().split())) is not None


class ConversationUse(NamedTuple):
    """When a conversation last said what the companion is, since when it is in use, and when it was used last."""

    disclosed_at: datetime | None
    used_since: datetime | None
    used_at: datetime


def use_since(use: ConversationUse, now: datetime) -> datetime:
    """Since when the conversation is in use. A long pause begins a new use."""
    is_continued = use.used_since is not None and now - use.used_at < PAUSE
    return use.used_since if use.used_since and is_continued else now


def due_reminder(use: ConversationUse, now: datetime, *, is_minor: bool) -> Reminder | None:
    """The reminder that a reply has to begin with now: with `break` if the conversation was in use all the time."""
    interval = MINORS_INTERVAL if is_minor else INTERVAL
    if use.disclosed_at is not None and now - use.disclosed_at < interval:
        return None
    return "break" if now - use_since(use, now) >= interval else "plain"
