"""How grave words of danger are. The grade decides what a person is told, and whether the app becomes quiet."""

from typing import Literal, TypeAlias

Grade: TypeAlias = Literal["immediate", "explicit", "danger_from_others", "indirect", "worth_asking"]
GRADES: dict[str, Grade] = {
    "attempt_now": "immediate",
    "poisoning_now": "immediate",
    "means_now": "immediate",
    "plan": "explicit",
    "explicit_ideation": "explicit",
    "self_harm": "explicit",
    "danger_from_others": "danger_from_others",
    "concern_for_other": "indirect",
    "indirect": "indirect",
    "worth_asking": "worth_asking",
}


def grade_of(code: str) -> Grade:
    return GRADES[code]
