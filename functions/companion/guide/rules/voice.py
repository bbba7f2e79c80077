"""Chooses a wording, and puts a reply together."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from functions.companion.guide.flows import ALONE, PERSON, FlowBook, FlowTexts, GuideState, Move

MOST_KEPT = 60  # things of which the state knows how often they were said


class LocalNumbers(NamedTuple):
    """The numbers that a wording may name, of the country in which the person probably is."""

    emergency: str | None = None
    poison: Sequence[str] = ()  # the poison centres, by name and number


NOWHERE = LocalNumbers()


class Voice:
    """What the guide says in one reply, and which wordings it has said in the conversation so far.

    A wording is said again only when all others of the same thing have been said. From one conversation of a person to
    the next, another one comes first.
    """

    def __init__(self, texts: FlowTexts, person: UUID, state: GuideState, numbers: LocalNumbers = NOWHERE) -> None:
        self._texts, self._person, self._conversation = texts, person, state.conversation or 0
        self._said_so_far = dict(state.said)
        emergency = numbers.emergency or texts.local_emergency
        poison = texts.poison_lines.format(lines=", ".join(numbers.poison)) if numbers.poison else texts.no_poison_line
        self._numbers = {"emergency_number": emergency, "poison_line": poison}

    @property
    def said_so_far(self) -> Mapping[str, int]:
        """With this reply. Of what was said longest ago, nothing is kept."""
        return dict([*self._said_so_far.items()][-MOST_KEPT:])

    def reply(self, book: FlowBook, move: Move, shown: Mapping[str, str] | None = None) -> str:
        """The text of a reply, with the fields of the practice or the article that it shows.

        A step that offers a practice has one of our own if it is given none.

        Who was not understood is asked for nothing but that, and who wants nothing to try is told no more.
        """
        if move.remark in ALONE:
            return self._said(move.remark)
        if move.step(book).practice and shown is None:
            text = self._pick("own_practice", self._texts.own_practice)
        else:
            text = self._step(move.state)
            text = text.format(**self._numbers, **shown or {}, who=self._who(move.state))
        remark = self._remark(book, move)
        return f"{remark} {text}" if remark else text

    def _step(self, state: GuideState) -> str:
        """What a step says. What several flows say in the same words changes from one of them to the next, too."""
        if state.listens and (question := self._question_about_hints(state)):
            return question
        flow, step = state.flow, state.step
        place = flow if step in self._texts.flows.get(flow, {}) else "common"
        return self._pick(f"{place}.{step}", self._texts.step(flow, step))

    def _question_about_hints(self, state: GuideState) -> str | None:
        """A question about what the person has told of, none of which is put twice in a conversation."""
        for hint in filter(self._speaks_of(state), state.hints):
            place, questions = f"hint.{hint}", self._texts.hints[hint].questions
            if self._said_so_far.get(place, 0) < len(questions):
                return self._pick(place, questions)
        return None

    def _speaks_of(self, state: GuideState) -> Callable[[str], bool]:
        """Which hints have texts: those that another release has stored may have none."""
        known = self._texts.hints.keys() - (set() if self._who(state) else {PERSON})
        return known.__contains__

    def _who(self, state: GuideState) -> str | None:
        return self._texts.people.get(state.person or "")

    def _remark(self, book: FlowBook, move: Move) -> str | None:
        if move.remark:
            return self._said(move.remark)
        if move.words:
            return self._own_words(move.words) + (f" {self._lead(move)}" if book.flows[move.state.flow].gentle else "")
        if not move.answers or book.flows[move.state.flow].plain:
            return None
        if move.hint:
            said = self._pick(f"hint.{move.hint}.heard", self._texts.hints[move.hint].heard)
            return said.format(who=self._who(move.state))
        return self._lead(move) if move.state.step == "begin" else self._heard(book, move)

    def _own_words(self, words: str) -> str:
        said = self._pick("reflection", self._texts.remarks.reflection).format(words=words)
        return said[0].upper() + said[1:]

    def _heard(self, book: FlowBook, move: Move) -> str | None:
        is_light = book.flows[move.state.flow].light
        if move.state.step != "close" and not is_light and not move.state.brief and move.state.turn % 2:
            return self._said("heard")
        return None

    def _lead(self, move: Move) -> str:
        return self._pick(f"lead.{move.state.flow}", self._texts.leads[move.state.flow])

    def _said(self, remark: str) -> str:
        return self._pick(remark, getattr(self._texts.remarks, remark))

    def _pick(self, place: str, wordings: Sequence[str]) -> str:
        times = self._said_so_far.pop(place, 0)
        self._said_so_far[place] = times + 1
        first = int.from_bytes(sha256(f"{self._person} {place}".encode()).digest()[:4])
        return wordings[(first + self._conversation + times) % len(wordings)]
