"""Finds texts of people in danger, and offers them help lines."""

from datetime import timedelta

from shared.safety.gate import VERSION, Grade, Verdict, assess, assess_entry, find_codes, grade_of
from shared.safety.helplines import Support, support_for

CARE_LASTS = timedelta(hours=72)  # the care period after such a text: gentle lists, no reminders

__all__ = [
    "CARE_LASTS",
    "VERSION",
    "Grade",
    "Support",
    "Verdict",
    "assess",
    "assess_entry",
    "find_codes",
    "grade_of",
    "support_for",
]
