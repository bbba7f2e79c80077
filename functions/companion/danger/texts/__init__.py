"""The words of the state machine, in each language that has them."""

from collections.abc import Mapping
from pathlib import Path

from shared.languages import Languages, TextModel
from shared.safety import Support
from shared.safety.helplines import CRISIS_KINDS, Line


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
    by_text: str  # how a line is reached by text message: `{text}`
    wordings: Mapping[str, tuple[Wording, ...]]

    def in_place_of(self, support: Support, name: str, number: int) -> Support:
        """The support with a text of the machine in place of its own: one after the other, as `number` counts up."""
        wording = self.wordings[name][number % len(self.wordings[name])]
        message = wording.message.format(
            line=_named(_crisis_first(support)[0]),
            lines="\n".join(all_ways(line, self.by_text) for line in _crisis_first(support)),
            emergency_number=support.emergency_number,
            plan=self.plan_there if support.safety_plan else self.plan_later,
        )
        return support.model_copy(update={"message": message, "question": wording.question})


DANGER_TEXTS = Languages(Path(__file__).parent, DangerTexts)


def has_texts(locale: str) -> bool:
    """Whether the machine speaks this language itself. In others, people get the texts of the support."""
    return locale.partition("-")[0].lower() in DANGER_TEXTS.by_code


def all_ways(line: Line, by_text: str = "SMS {text}") -> str:
    """A help line with all ways to reach it, for those who cannot speak. Its page, where it may be written to."""
    text = by_text.format(text=line.text) if line.text else None
    page = None if line.text or line.whatsapp else line.url
    ways = (line.phone, text, f"WhatsApp {line.whatsapp}" if line.whatsapp else None, page)
    return f"{line.name} ({', '.join(filter(None, ways))})"


def _crisis_first(support: Support) -> list[Line]:
    return sorted(support.lines, key=lambda line: line.kind not in CRISIS_KINDS)


def _named(line: Line) -> str:
    """A help line with one way to reach it."""
    return f"{line.name} ({line.phone or line.text or line.whatsapp or line.url})"
