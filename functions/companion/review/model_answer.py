"""What a model is asked about a note, and its answer. Measured by `mend evaluate --safety --review`, too."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from functions.companion.prompts import prompts
from shared.ai.answers import complete_json
from shared.ai.estimate import token_bound
from shared.ai.port import ModelFailure, ModelMessage, ModelPort, ModelRequest, Usage
from shared.errors import Unavailable
from shared.moods import MOODS

PROMPT = "safety_review"


class ReviewedNote(NamedTuple):
    mood: str | None
    note: str | None
    written_at: datetime


class ReviewAnswer(BaseModel):
    """All that a model can say. There is no graver grade: a model alone makes nothing quiet."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    grade: Literal["none", "worth_asking", "indirect"]


class ReviewResult(NamedTuple):
    answer: ReviewAnswer | None  # None if the model declined, or answered in another form
    usage: Usage


def model_request(notes: Iterable[ReviewedNote], caller: str, max_tokens: int) -> ModelRequest:
    """The request for the last of the notes. They are data in a message, and never part of the instructions.

    If not all notes fit, the oldest are left out.
    """
    system, notes = prompts()[PROMPT].text(), list(notes)
    described = [_described(note, notes[-1].written_at) for note in notes]
    while token_bound(message := to_json({"notes": described}).decode()) > max_tokens - token_bound(system):
        if len(described) == 1:
            break
        del described[0]
    return ModelRequest(system, [ModelMessage("user", message)], caller)


def _described(note: ReviewedNote, until: datetime) -> dict[str, object]:
    mood = MOODS.get(note.mood or "")
    hours = round((until - note.written_at).total_seconds() / 3600)
    return {"hours_ago": hours, "mood": note.mood, "valence": mood and mood.valence, "note": note.note}


async def review(model: ModelPort, request: ModelRequest) -> ReviewResult:
    """Ask a model. Raises `Unavailable` if it fails."""
    try:
        answer = await complete_json(model, request, ReviewAnswer)
    except ModelFailure:
        raise Unavailable from None
    return ReviewResult(answer.value, answer.usage)
