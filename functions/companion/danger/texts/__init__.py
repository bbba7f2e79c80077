"""The words of the state machine, in each language that has them."""

from collections.abc import Mapping
from pathlib import Path

from shared.languages import Languages, TextModel
from shared.safety import Support
from shared.safety.helplines import CRISIS_KINDS


class Wording(TextModel):
    """One of several texts that say the same.

    `{plan}` points to the safety plan, `{line}` names one help line, and `{lines}` all.
    """

    message: str
    question: str | None


class DangerTexts(TextModel):
    reviewed_by: str | None
    plan_there: str
    plan_later: str
    wordings: Mapping[str, tuple[Wording, ...]]

    def in_place_of(self, support: Support, name: str, number: int) -> Support:
        """The support with a text of the machine in place of its own: one after the other, as `number` counts up."""
        wording = self.wordings[name][number % len(self.wordings[name])]
        message = wording.message.format(
            line=_lines(support)[0],
            lines="\n".join(_lines(support)),
            emergency_number=support.emergency_number,
            plan=self.plan_there if support.safety_plan else self.plan_later,
        )
        return support.model_copy(update={"message": message, "question": wording.question})


DANGER_TEXTS = Languages(Path(__file__).parent, DangerTexts)


def has_texts(locale: str) -> bool:
    """Whether the machine speaks this language itself. In others, people get the texts of the support."""
    return locale.partition("-")[0].lower() in DANGER_TEXTS.by_code


def _lines(support: Support) -> list[str]:
    """The help lines with the way to reach each, those for a crisis first."""
    lines = sorted(support.lines, key=lambda line: line.kind not in CRISIS_KINDS)
    return [f"{line.name} ({line.phone or line.text or line.whatsapp or line.url})" for line in lines]
