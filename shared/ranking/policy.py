"""Which few of the candidates to show. Pure: no clock, no I/O; all chance comes from the id of the list.

Place by place, one posterior draw for each contender, and the highest draw is shown: Thompson sampling. Draws are
made afresh for every place, so that the chance an item had of its place, given those above, is one integral over one
variable. It is kept with what was shown, so that policies can be compared afterwards.
"""

from collections.abc import Collection, Mapping
from math import erfc, exp, pi, sqrt
from operator import mul, truediv
from random import Random
from typing import NamedTuple
from uuid import UUID

from shared.ranking.candidates import Candidates, Content
from shared.ranking.judging import Contender, Judge, Known
from shared.ranking.pool import Choice, Pool, Situation, pool_for
from shared.ranking.reasons import Term, reasons

FLOOR = 0.02  # of every place, the chance that it goes to anything at all
BOLDNESS = 0.5  # how far of what is unsure it draws: five places try out much at once (Chapelle & Li 2011 halve it too)
STEPS = 24
REACH = 4.0  # standard deviations
ROOT2 = sqrt(2)
ROOT2PI = sqrt(2 * pi)
NEVER = 1e-9
ANYONE = Known()
ANYTIME = Situation()


class Scored(NamedTuple):
    content: Content
    score: float
    terms: tuple[Term, ...]
    uncertainty: float
    explore: bool
    propensity: float  # of this place, given the places above


def rank(
    candidates: Candidates, shown_id: UUID, limit: int, situation: Situation = ANYTIME, known: Known = ANYONE
) -> list[Scored]:
    """The most promising candidates, of as many kinds as there are, each with its reasons and the chance it had."""
    pool = pool_for(candidates, known.population, situation)
    judge = Judge(pool, known, situation.day)
    luck = Random(shown_id.int)  # noqa: S311 - variety, not secrecy
    floor = 0.0 if situation.gentle else FLOOR
    left = len(pool.by_key) - sum(key in pool.by_key for key in known.taste.hidden)
    shown: dict[str, Scored] = {}
    race = None
    while left and len(shown) < limit:
        if not (race and race.contenders):
            race = Race(judge.contenders(shown), limit)
        explore = luck.random() < floor
        if explore:
            winner, draw = judge.contender(_anything(pool, known.taste.hidden | shown.keys(), luck)), 0.0
        else:
            winner, draw = race.run(luck)
        choice = winner.choice
        propensity = (1 - floor) * race.chance(choice) + floor / left
        race.leave(choice.content.kind)
        terms = reasons(winner, known, draw, explore=explore)
        score = sum(term.value for term in terms)
        shown[choice.key] = Scored(choice.content, score, terms, winner.sd, explore, propensity)
        left -= 1
    return list(shown.values())


def _anything(pool: Pool, except_for: Collection[str], luck: Random) -> Choice:
    return luck.choice([choice for key, choice in pool.by_key.items() if key not in except_for])


class Race:
    """A draw for each contender, and how likely each is to be the highest: that all the others stay below it."""

    def __init__(self, contenders: Collection[Contender], limit: int, boldness: float = BOLDNESS) -> None:
        self.contenders = {contender.choice.content.kind: contender for contender in contenders}
        self._spread = {kind: contender.sd * boldness for kind, contender in self.contenders.items()}
        self._grid, self._step = _grid(contenders, self._spread, limit)
        self._below = {kind: self._under(kind) for kind in self.contenders}
        self._all_below = [1.0] * STEPS
        for below in self._below.values():
            self._all_below = list(map(mul, self._all_below, below))

    def run(self, luck: Random) -> tuple[Contender, float]:
        """The winner, and how far above its mean it was drawn."""
        draws = {kind: luck.gauss(0, spread) for kind, spread in self._spread.items()}
        winner = max(self.contenders.values(), key=lambda c: c.mean + draws[c.choice.content.kind])
        return winner, draws[winner.choice.content.kind]

    def chance(self, choice: Choice) -> float:
        kind = choice.content.kind
        contender = self.contenders.get(kind)
        if contender is None or contender.choice.key != choice.key:
            return 0.0
        mean, spread = contender.mean, self._spread[kind]
        scale = -0.5 / (spread * spread)
        highest = sum(
            exp(scale * (x - mean) ** 2) * everything / mine
            for x, everything, mine in zip(self._grid, self._all_below, self._below[kind], strict=True)
        )
        return min(highest * self._step / (spread * ROOT2PI), 1.0)

    def leave(self, kind: str) -> None:
        """What a list holds already, it needs no more of."""
        if self.contenders.pop(kind, None):
            del self._spread[kind]
            self._all_below = list(map(truediv, self._all_below, self._below.pop(kind)))

    def _under(self, kind: str) -> list[float]:
        mean, scale = self.contenders[kind].mean, 1 / (self._spread[kind] * ROOT2)
        return [0.5 * erfc((mean - x) * scale) or NEVER for x in self._grid]


def _grid(contenders: Collection[Contender], spread: Mapping[str, float], limit: int) -> tuple[list[float], float]:
    """From below what the last place may need to above what anyone may reach."""
    means = sorted((contender.mean for contender in contenders), reverse=True)
    widest = REACH * max(spread.values())
    low = means[:limit][-1] - widest
    step = (means[0] + widest - low) / (STEPS - 1)
    return [low + step * place for place in range(STEPS)], step
