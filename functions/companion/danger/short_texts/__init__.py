"""What the machine says in languages in which it has no texts of its own: texts of the support, and short sentences."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from functions.companion.danger.language import language_of
from functions.companion.danger.texts import DANGER_TEXTS, all_ways, has_texts
from functions.companion.rules.danger_states import ASKED, DangerRecord
from shared.languages import Languages, TextModel
from shared.safety import Support
from shared.safety.texts import support_text


class ShortTexts(TextModel):
    reviewed_by: str | None
    when_safe: str  # what to write when the danger is over, in words that `rules/danger_answers.yaml` understands
    safe_now: str
    doctor_says: str
    wounds: str


class Borrowed(NamedTuple):
    """A text of the support in place of one of the machine's.

    `key` is that of the text. It asks its own question, a sentence of the short texts, or what another text asks.
    """

    key: str
    question: str | tuple[str, int] | None = None
    added: str | None = None  # a sentence of the short texts
    has_lines: bool = False


SHORT_TEXTS = Languages(Path(__file__).parent, ShortTexts)
OWN = "own"  # the question of the text itself
FEARS_IT, THINKS_OF_IT, TODAY = ("explicit", 1), ("indirect", 1), ("explicit", 0)
WITH_SOMEBODY, WHO_COMES = ("immediate", 0), ("immediate", 1)
HELD = Borrowed("immediate", OWN, "when_safe")
SAFE_NOW = Borrowed("care", "safe_now")
BORROWED: Mapping[str, Borrowed] = {  # by the name of the machine's text
    "asked": Borrowed("explicit", FEARS_IT),
    "asked_again": Borrowed("explicit", THINKS_OF_IT),
    "asked_later": Borrowed("explicit", THINKS_OF_IT),
    "asked_now": Borrowed("immediate", TODAY),
    "guided": Borrowed("explicit", WITH_SOMEBODY),
    "offered": Borrowed("explicit", WITH_SOMEBODY),
    "means": Borrowed("immediate", WITH_SOMEBODY),
    "means_again": Borrowed("immediate", WHO_COMES),
    "means_gun": Borrowed("immediate", WITH_SOMEBODY),
    **dict.fromkeys(("held", "held_yes", "held_no", "held_help"), HELD),
    "held_lines": HELD._replace(has_lines=True),
    **dict.fromkeys(("held_later", "held_check", "held_treated"), SAFE_NOW),
    "poisoned": Borrowed("immediate_poison", OWN),
    "poisoned_safe": Borrowed("immediate_poison", "doctor_says"),
    **dict.fromkeys(("hurt", "wounded"), Borrowed("care", added="wounds")),
    "lines": Borrowed("care", has_lines=True),
}
EASED, OTHERS = Borrowed("explicit", WHO_COMES), Borrowed("care")


def in_place_of(support: Support, record: DangerRecord, number: int, locale: str) -> Support:
    """The support with the text of a record in place of its own, in its language. `number` chooses the wording."""
    code, name = language_of(locale), record.text
    if has_texts(locale) or code not in SHORT_TEXTS.by_code:
        return DANGER_TEXTS.texts(locale).in_place_of(support, name, number + record.times_shown)
    borrowed = BORROWED.get(name, EASED if name.startswith("eased_") else OTHERS)
    if name == ASKED and support.grade == "indirect":
        borrowed = Borrowed("indirect", OWN)
    return _with_text(support, borrowed, code, number + sum(record.shown.values()))


def _with_text(support: Support, borrowed: Borrowed, code: str, number: int) -> Support:
    text = support_text(borrowed.key, code, number, support.emergency_number)
    sentences = SHORT_TEXTS.by_code[code].model_dump()
    question = {**sentences, OWN: text.question}.get(borrowed.question) if isinstance(borrowed.question, str) else None
    if isinstance(borrowed.question, tuple):
        question = support_text(borrowed.question[0], code, borrowed.question[1], None).question
    added = [sentences[borrowed.added].format(emergency_number=support.emergency_number)] if borrowed.added else []
    lines = ["\n".join(all_ways(line) for line in support.lines)] if borrowed.has_lines else []
    return support.model_copy(update={"message": "\n\n".join((text.message, *lines, *added)), "question": question})
