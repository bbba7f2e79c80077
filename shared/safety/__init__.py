from shared.safety.gate import Verdict, assess
from shared.safety.lines import Support, support_for

__all__ = ["Support", "Verdict", "assess", "support_for"]
