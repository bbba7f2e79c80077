"""The words on the page of a safety plan, in each language."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

FALLBACK = "en"


class SafetyPlanTexts(NamedTuple):
    title: str
    changed: str
    danger: str
    emergency_number: str
    abroad: str
    text_message: str
    headings: Mapping[str, str]  # by the lists of a plan, in their order


LANGUAGES: Mapping[str, SafetyPlanTexts] = MappingProxyType(
    {
        "en": SafetyPlanTexts(
            title="My safety plan",
            changed="Last changed",
            danger="If I am in danger now",
            emergency_number="Emergency number",
            abroad="Other countries may have another number.",
            text_message="text message",
            headings={
                "signs": "How I notice that a crisis is coming",
                "alone": "What I can do by myself",
                "distractions": "People and places that take my mind off it",
                "people": "People I can ask for help",
                "professionals": "Professionals I can turn to",
                "safer_place": "How I make my place safer",
            },
        ),
        "de": SafetyPlanTexts(
            title="Mein Sicherheitsplan",
            changed="Zuletzt geändert",
            danger="Wenn ich jetzt in Gefahr bin",
            emergency_number="Notruf",
            abroad="In anderen Ländern kann die Nummer anders lauten.",
            text_message="SMS",
            headings={
                "signs": "Woran ich merke, dass eine Krise kommt",
                "alone": "Was ich allein tun kann",
                "distractions": "Menschen und Orte, die mich ablenken",
                "people": "Wen ich um Hilfe bitten kann",
                "professionals": "Fachleute, an die ich mich wenden kann",
                "safer_place": "Wie ich meine Umgebung sicherer mache",
            },
        ),
    }
)


def choose_language(locale: str, accept_language: str | None) -> str:
    """The code of the first language with texts: of the profile's locale, then of the header. Otherwise English."""
    preferences = [locale, *(accept_language or "").split(",")]
    codes = (re.split("[-_;]", preference.strip())[0].lower() for preference in preferences)
    return next((code for code in codes if code in LANGUAGES), FALLBACK)
