"""How the candidates stand with one person: kind by kind, and one by one only where something of theirs is known."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

from shared.ranking.collaborative import Alike
from shared.ranking.pool import Choice, Kind, Pool
from shared.ranking.population import Belief, Population
from shared.ranking.taste import Taste, fondness, weariness
from shared.ranking.uplift import Person, Tally, content_effect, kind_effect, own

TASTE = 0.15
ALIKE = 0.15
REST = 0.3
NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Known:
    population: Population = field(default_factory=Population)
    person: Person = field(default_factory=Person)
    taste: Taste = field(default_factory=Taste)
    alike: Mapping[str, Alike] = field(default_factory=dict)


class Standing(NamedTuple):
    """Of a kind, with this person."""

    kind: Kind
    effect: Belief
    taste: float
    whole: Tally
    done: Mapping[str, Tally]  # by content
    met: Collection[str]  # contents of which something is known


class Contender(NamedTuple):
    mean: float
    sd: float
    choice: Choice
    uplift: float
    taste: float
    alike: float
    rest: float


class Judge:
    def __init__(self, pool: Pool, known: Known, day: float) -> None:
        self._pool, self._known, self._day = pool, known, day
        self._own, self._within = own(known.person, known.population), known.population.contents_within
        met = self._with_something_known()
        self._standings = {name: self._standing(name, kind, met.get(name, ())) for name, kind in pool.kinds.items()}

    def contenders(self, shown: Collection[str]) -> list[Contender]:
        """The best of each kind."""
        out = self._known.taste.hidden.union(shown)
        best = [self._best(standing, out) for standing in self._standings.values()]
        return [contender for contender in best if contender]

    def contender(self, choice: Choice) -> Contender:
        return self._contender(choice, self._standings[choice.content.kind])

    def _contender(self, choice: Choice, standing: Standing) -> Contender:
        key, offset = choice.key, choice.offset
        kind, (mean, variance), taste, whole, done, met = standing
        variance += offset[1]
        rest = alike = 0.0
        if key in met:
            known, day = self._known, self._day
            if key in done:
                mean, variance = content_effect(done[key], whole, kind.prior, offset, self._own, self._within)
                mean -= offset[0]
            if liking := known.taste.contents.get(key):
                taste += TASTE * fondness(liking, day)
                rest = -REST * weariness(liking.day, day)
            if key in known.alike:
                alike = ALIKE * known.alike[key].score
        uplift = mean - kind.prior[0]
        sd = sqrt(variance + kind.here)
        return Contender(choice.base + uplift + taste + alike + rest, sd, choice, uplift, taste, alike, rest)

    def _standing(self, name: str, kind: Kind, met: Collection[str]) -> Standing:
        person, liking = self._known.person, self._known.taste.kinds.get(name)
        taste = TASTE * fondness(liking, self._day) if liking else 0.0
        tally = person.kinds.get(name)
        effect = kind_effect(tally, kind.prior, self._own, self._within)
        return Standing(kind, effect, taste, tally or NOTHING, person.contents.get(name, {}), met)

    def _best(self, standing: Standing, out: Collection[str]) -> Contender | None:
        """Those of which nothing is known stand as they do for everyone: the first of them will do."""
        met, by_key = standing.met, self._pool.by_key
        rivals = [by_key[key] for key in met if key not in out]
        for choice in standing.kind.choices:
            if choice.key not in met and choice.key not in out:
                rivals.append(choice)
                break
        return max([self._contender(choice, standing) for choice in rivals], default=None)

    def _with_something_known(self) -> Mapping[str, Collection[str]]:
        known, by_key = self._known, self._pool.by_key
        told = {*known.taste.hidden, *known.taste.contents, *known.alike}.union(*known.person.contents.values())
        met: dict[str, list[str]] = defaultdict(list)
        for key in told & by_key.keys():
            met[by_key[key].content.kind].append(key)
        return met
