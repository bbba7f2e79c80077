"""Tells whether a message asks what the companion is. A model is not relied on for the answer."""

import re

BEING = (
    r"(?:a |an |actually |really |even |just )*"
    r"(?:human|real|person|people|bot|robot|machine|computer|program|ai|chatbot|therapist|doctor|psychologist|somebody)"
)
GERMAN_BEING = (
    r"(?:ein |eine |wirklich |eigentlich |denn |überhaupt |echt |nur )*"
    r"(?:mensch|echt|person|bot|roboter|maschine|computer|programm|ki|chatbot|therapeut|therapeutin|arzt|ärztin|jemand)"
)
ASKED = re.compile(
    rf"\b(?:are|r) (?:you|u) {BEING}\b|\byou(?: are|['\u2019]re) {BEING}\b[^.!?]{{0,80}}\?"
    rf"|\bam i (?:talking|speaking|chatting) (?:to|with) {BEING}\b|\bwho (?:or what )?are you\b|\bwhat are you\b"
    rf"|\bbist du {GERMAN_BEING}\b|\bdu bist {GERMAN_BEING}\b[^.!?]{{0,80}}\?|\bsind sie {GERMAN_BEING}\b"
    rf"|\b(?:rede|spreche|schreibe) ich mit {GERMAN_BEING}|\b(?:wer|was) bist du\b"
)


def asks_what_it_is(text: str) -> bool:
    return ASKED.search(" ".join(text.lower().split())) is not None
