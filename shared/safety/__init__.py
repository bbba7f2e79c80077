from datetime import timedelta

from shared.safety.gate import Verdict, assess, assess_entry
from shared.safety.helplines import Support, support_for

CARE_LASTS = timedelta(hours=72)  # after words that told of danger: gentle lists, and no reminders

__all__ = ["CARE_LASTS", "Support", "Verdict", "assess", "assess_entry", "support_for"]
