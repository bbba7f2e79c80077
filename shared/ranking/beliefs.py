"""What is believed to lift a person: worked out whenever something is learned, so that a list has only to look it up.

The sums it follows from (`uplift.Person`) are for learning on; a request never reads them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from shared.ranking.population import Population
from shared.ranking.rounding import brief
from shared.ranking.uplift import Person, content_effect, kind_effect, own

# Mean and variance of what it does beyond what studies let hope for, and for contents beyond what sets it apart from
# its kind for everyone; how often it was done, and how often it felt better than expected afterwards. As JSON has it:
# of a few dozen, most are not looked at.
Held: TypeAlias = Sequence[float]


class Beliefs(NamedTuple):
    kinds: Mapping[str, Held] = {}
    contents: Mapping[str, Held] = {}

    def to_json(self) -> dict[str, object]:
        return {"kinds": brief(self.kinds), "contents": brief(self.contents)}


def believe(person: Person, population: Population) -> Beliefs:
    own_, within = own(person, population), population.contents_within
    kinds: dict[str, Held] = {}
    contents: dict[str, Held] = {}
    for kind, whole in person.kinds.items():
        prior = population.of_a_person(kind)
        kinds[kind] = [*kind_effect(whole, prior, own_, within), whole.times, whole.better]
        for content_id, tally in person.contents.get(kind, {}).items():
            offset = population.content(content_id)
            mean, variance = content_effect(tally, whole, prior, offset, own_, within)
            contents[content_id] = [mean - offset[0], variance, tally.times, tally.better]
    return Beliefs(kinds, contents)
