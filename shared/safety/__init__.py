from shared.safety.gate import Verdict, assess, assess_words
from shared.safety.lines import Support, support_for

__all__ = ["Support", "Verdict", "assess", "assess_words", "support_for"]
