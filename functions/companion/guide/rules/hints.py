"""What a message says beside a topic: a feeling, a person, a time, a decision, or a matter that has no flow."""

from functions.companion.guide.flows import FlowBook, GuideState, Heard, Move

MOST_HINTS = 6  # that are kept in a talk


def with_hints(book: FlowBook, before: GuideState | None, heard: Heard, move: Move) -> Move:
    """The move, with the hints of the message, which go before those of earlier ones.

    There are none after a loss or in danger. What is about something light may be said back where the guide only
    listens, but not twice in a row.
    """
    flow = book.flows[move.state.flow]
    if not heard.hints or flow.plain or flow.urgent:
        return move
    hints = sorted(dict.fromkeys((*heard.hints, *move.state.hints)), key=book.minor_hints.__contains__)
    changes = {"hints": tuple(hints)[:MOST_HINTS], "person": heard.person or move.state.person}
    new = _new(book, heard, move, hints[0])
    move = move._replace(state=move.state.model_copy(update=changes), hint=new)
    may_say_back = hints[0] in book.light_hints & {*heard.hints} and not (before and before.reflected)
    if may_say_back and move.state.listens and move.answers and not move.remark:
        return move.with_words(heard.words)
    return move


def _new(book: FlowBook, heard: Heard, move: Move, first: str) -> str | None:
    """The hint that the guide says it has heard: a minor one only where it listens, and knows of no other."""
    if not move.state.listens and move.state.step in {"begin", "close"}:
        return None
    may_be_minor = move.state.listens and first in book.minor_hints
    new = [hint for hint in heard.hints if hint not in move.state.hints]
    return next((hint for hint in new if may_be_minor or hint not in book.minor_hints), None)
