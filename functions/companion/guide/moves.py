"""The move that answers a message in a language."""

from functions.companion.guide.flows import GUIDE_WORDS, flow_book
from functions.companion.guide.rules.hearing import Heard
from functions.companion.guide.rules.reflection import reflection
from functions.companion.guide.rules.steps import GuideState, Move, advance, may_reflect


def next_move(before: GuideState | None, text: str, language: str) -> Move:
    """The next step, with the person's own words if they can be turned. It takes about 10 ms of processor time."""
    book, vocabulary = flow_book(), GUIDE_WORDS.texts(language).search
    move = advance(book, before, Heard(text, vocabulary))
    if may_reflect(book, before, move):
        move = move.with_words(reflection(text, language, vocabulary.turning))
    return move
