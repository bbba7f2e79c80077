"""How the candidates stand with one person: kind by kind, and one by one only where something of theirs is known."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from operator import itemgetter
from typing import NamedTuple

from shared.ranking.collaborative import Alike
from shared.ranking.pool import Choice, Pool
from shared.ranking.population import Effect, Population
from shared.ranking.taste import Taste, fondness, weariness
from shared.ranking.uplift import Person, content_effect, kind_effect, own

TASTE = 0.15
ALIKE = 0.15
REST = 0.3


@dataclass(frozen=True, slots=True)
class Known:
    population: Population = field(default_factory=Population)
    person: Person = field(default_factory=Person)
    taste: Taste = field(default_factory=Taste)
    alike: Mapping[str, Alike] = field(default_factory=dict)


class Kind(NamedTuple):
    everyone: Effect
    here: Effect  # what is different for everyone in such a mood
    person: Effect
    taste: float


class Parts(NamedTuple):
    """What counts for a choice, beside what it brings along for everyone."""

    everyone: float
    person: float
    taste: float
    alike: float
    rest: float


class Contender(NamedTuple):
    mean: float
    sd: float
    choice: Choice
    parts: Parts


class Judge:
    def __init__(self, pool: Pool, known: Known, day: float) -> None:
        self._pool, self._known, self._day = pool, known, day
        self._own = own(known.person, known.population)
        self._kinds = {kind: self._kind(kind) for kind in pool.by_kind}
        self._special = self._with_something_known()

    def contenders(self, shown: Collection[str]) -> list[Contender]:
        """The best of each kind."""
        best = (self._best(kind, shown) for kind in self._kinds)
        return [contender for contender in best if contender]

    def contender(self, choice: Choice) -> Contender:
        key, of_kind, known = choice.key, choice.content.kind, self._known
        everyone, here, person, taste = self._kinds[of_kind]
        effect = Effect(person.mean, person.variance + choice.offset.variance)
        rest = alike = 0.0
        if key in self._special[of_kind]:
            if tally := known.person.contents.get(of_kind, {}).get(key):
                whole = content_effect(
                    tally, known.person.kinds[of_kind], of_kind, self._own, known.population, choice.offset
                )
                effect = Effect(whole.mean - choice.offset.mean, whole.variance)
            if liking := known.taste.contents.get(key):
                taste += TASTE * fondness(liking, self._day)
            if (seen := known.taste.seen.get(key)) is not None:
                rest = -REST * weariness(seen, self._day)
            alike = ALIKE * known.alike[key].score if key in known.alike else 0.0
        parts = Parts(everyone.mean + here.mean, effect.mean - everyone.mean, taste, alike, rest)
        return Contender(choice.base + sum(parts), sqrt(effect.variance + here.variance), choice, parts)

    def _kind(self, kind: str) -> Kind:
        known, liking = self._known, self._known.taste.kinds.get(kind)
        return Kind(
            known.population.kind(kind),
            self._pool.here[kind],
            kind_effect(known.person.kinds.get(kind), kind, self._own, known.population),
            TASTE * fondness(liking, self._day) if liking else 0.0,
        )

    def _best(self, kind: str, shown: Collection[str]) -> Contender | None:
        """Those of a kind of which nothing is known stand as they do for everyone: the first of them will do."""
        special, hidden = self._special[kind], self._known.taste.hidden
        done = self._known.person.contents.get(kind, ())
        first = next((c for c in self._pool.by_kind[kind] if c.key not in special and c.key not in shown), None)
        rivals = [] if first is None else [first]
        for key in special:
            if key not in hidden and key not in shown:
                choice = self._pool.by_key[key]
                if (
                    first is None or key in done or choice.base + TASTE + ALIKE > first.base
                ):  # else taste cannot lift it
                    rivals.append(choice)
        return max(map(self.contender, rivals), key=itemgetter(0), default=None)

    def _with_something_known(self) -> Mapping[str, set[str]]:
        known, by_key = self._known, self._pool.by_key
        special: dict[str, set[str]] = {kind: set() for kind in self._pool.by_kind}
        taste, done = known.taste, known.person.contents.values()
        told: list[Iterable[str]] = [taste.hidden, taste.seen, taste.contents, known.alike, *done]
        for keys in told:
            for key in keys:
                if key in by_key:
                    special[by_key[key].content.kind].add(key)
        return special
