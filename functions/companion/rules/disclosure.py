"""When a person is told what the companion is: if they ask, and from time to time. That depends on no model."""

import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

Reminder: TypeAlias = Literal["plain", "break"]

INTERVAL, MINORS_INTERVAL = timedelta(hours=3), timedelta(hours=1)
PAUSE = timedelta(minutes=30)

BEING = (
    r"(?:(?:a|an|actually|really|even|just|like|some|kind|of|real|actual|living|fucking|only|still|sort) )*"
    r"(?:human|chatgpt|chat gpt|gpt|siri|alexa|claude|gemini|real|person|people|bot|robot|machine|computer|program|ai"
    r"|chatbot|therapist|doctor|psychologist|somebody|someone|automated|fake|alive)"
)
GERMAN_BEING = (
    r"(?:(?:eine?[mnrs]?|ne[nm]?|wirklich|eigentlich|denn|überhaupt|nur|so|jetzt|irgendeine?|echte?[mnrs]?|richtige?[mnrs]?"
    r"|tatsächlich|auch|etwa|reale?[rn]?|wahre?[rn]?|doch|eh|bloß) )*"
    r"(?:mensch(?:en)?|chatgpt|chat gpt|gpt|siri|alexa|claude|gemini|echt\w*|real|person|bot|roboter|maschine|computer"
    r"|programm|ki|ai|chatbot|therapeut|therapeutin|psychologe|psychologin|arzt|ärztin|jemand\w*|automat)"
)
REAL = r"(?:real|actual|living)"
A_HUMAN = rf"(?:(?:an? (?:{REAL} )?|(?:any |some )?{REAL} )(?:human|person|people)|(?:some|any)(?:one|body) {REAL})\b"
GERMAN_REAL = r"(?:echt|richtig|menschlich|wirklich|real)\w*"
GERMAN_HUMAN = rf"(?:eine?[mnr]? )?(?:{GERMAN_REAL} )?(?:mensch(?:en)?|person|jemand\w* {GERMAN_REAL})"
ASKED = re.compile(
    rf"\b(?:are|r) (?:you|u|ya) {BEING}\b|\b(?:you|u)(?: are|['\u2019]?re) {BEING}\b[^.!?]{{0,80}}\?"
    rf"|\bam i (?:\w+ )?(?:talking|speaking|chatting|texting|writing) (?:to|with) {BEING}\b"
    rf"|\b(?:can|could|may) i (?:please )?(?:talk|speak|chat|write) (?:to|with) {A_HUMAN}"
    rf"|\bis (?:this|that) {BEING}\b[^.!?]{{0,40}}(?:\?|$)|\bis there {A_HUMAN}"
    r"|\bis (?:any|some)(?:one|body) (?:actually|really|even) there\b"
    r"|\bwho (?:or what )?are (?:you|u)\b|\bwhat are (?:you|u)\b(?! \w+ing)"
    rf"|\bbist du {GERMAN_BEING}\b|\bdu bist {GERMAN_BEING}\b[^.!?]{{0,80}}\?|\bsind sie {GERMAN_BEING}\b"
    rf"|\b(?:rede|spreche|schreibe|chatte|red|schreib) ich (?:hier |da |gerade |grad )*mit {GERMAN_BEING}"
    rf"|\b(?:kann|könnte|darf) ich (?:\w+ )?mit {GERMAN_HUMAN} (?:reden|sprechen|schreiben|chatten)"
    rf"|\bist das (?:hier )?{GERMAN_BEING}\b[^.!?]{{0,40}}(?:\?|$)"
    rf"|\b(?:ist|sitzt|schreibt|antwortet) (?:mir )?(?:hier |da |dort )+{GERMAN_HUMAN}\b"
    r"|\b(?:wer|was) bist du\b"
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
