"""Finds texts of people in danger, and offers them support."""

from shared.safety.gate import Grade, assess, find_codes_in
from shared.safety.support import Support, care_support, support_for, support_without_words

__all__ = ["Grade", "Support", "assess", "care_support", "find_codes_in", "support_for", "support_without_words"]
