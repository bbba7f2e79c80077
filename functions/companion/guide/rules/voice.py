"""Chooses a wording, and puts a reply together."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from functions.companion.guide.flows import ALONE, FlowBook, FlowTexts, GuideState, Move

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
            text = self._step(move.state.flow, move.state.step)
            text = text.format(**self._numbers, **shown or {})
        remark = self._remark(book, move)
        return f"{remark} {text}" if remark else text

    def _step(self, flow: str, step: str) -> str:
        """What a step says. What several flows say in the same words changes from one of them to the next, too."""
        place = flow if step in self._texts.flows.get(flow, {}) else "common"
        return self._pick(f"{place}.{step}", self._texts.step(flow, step))

    def _remark(self, book: FlowBook, move: Move) -> str | None:
        if move.remark:
            return self._said(move.remark)
        if move.words:
            said = self._pick("reflection", self._texts.remarks.reflection).format(words=move.words)
            said = said[0].upper() + said[1:]
            return f"{said} {self._lead(move)}" if book.flows[move.state.flow].gentle else said
        if not move.answers or book.flows[move.state.flow].plain:
            return None
        if move.state.step == "begin":
            return self._lead(move)
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
