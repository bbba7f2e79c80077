"""`mend evaluate --safety --review-model NAME`: what a model adds to the gate, by labelled lines that it leaves open.

Each line is a note alone: what the week before it adds is not measured. The lines are sent to the model's provider.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from functions.companion.provider import engine
from functions.companion.review.model_answer import ReviewedNote, model_request, review
from functions.companion.settings import CompanionSettings
from infra.safety.lines import GRADES, LANGUAGES, SAFE
from infra.safety.measurement import LineFinding, Share, head, row
from shared.ai.models import limits_of
from shared.ai.port import ModelPort
from shared.clock import utc_now
from shared.errors import Unavailable

AT_ONCE = 8  # requests
CALLER = "evaluation"


class ReviewedLine(NamedTuple):
    """A line, whether the gate or the model answers it, and whether the model gave a readable answer."""

    finding: LineFinding
    is_answered: bool
    is_read: bool = True


def review_tables(settings: CompanionSettings, model: str, findings: Sequence[LineFinding]) -> Iterator[str]:
    """The lines of the tables, in Markdown. Raises `BadSettings` if the model cannot be reached by the settings."""
    reviewed = asyncio.run(_review_all(engine(settings, (model,)), limits_of(model).input_tokens, findings))
    unread = sum(not line.is_read for line in reviewed)
    yield ""
    yield f"Reviewed by {model}: {sum(not line.finding.by_both for line in reviewed)} lines, {unread} without an answer"
    yield from head("answered at all", "lines", "patterns", "with the scorer", "with the review")
    for grade in GRADES:
        name = "false alarms on safe lines" if grade == SAFE else f"`{grade}`"
        yield _row(name, [line for line in reviewed if line.finding.line.grade == grade])
    for language in LANGUAGES:
        of_language = [line for line in reviewed if line.finding.line.language == language]
        yield _row(f"{language}: danger", [line for line in of_language if line.finding.line.grade != SAFE])
        yield _row(f"{language}: false alarms", [line for line in of_language if line.finding.line.grade == SAFE])


async def _review_all(model: ModelPort, max_tokens: int, findings: Sequence[LineFinding]) -> list[ReviewedLine]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def reviewed(finding: LineFinding) -> ReviewedLine:
        if finding.by_both:
            return ReviewedLine(finding, is_answered=True)
        note = ReviewedNote(None, finding.line.text, utc_now())
        async with turns:
            try:
                result = await review(model, model_request([note], CALLER, max_tokens))
            except Unavailable:
                return ReviewedLine(finding, is_answered=False, is_read=False)
        answer = result.answer
        return ReviewedLine(finding, answer is not None and answer.grade != "none", answer is not None)

    return await asyncio.gather(*map(reviewed, findings))


def _row(name: str, lines: Sequence[ReviewedLine]) -> str:
    counts = (
        sum(line.finding.by_patterns is not None for line in lines),
        sum(line.finding.by_both is not None for line in lines),
        sum(line.is_answered for line in lines),
    )
    return row(name, len(lines), *(Share(count, len(lines)).text for count in counts))
