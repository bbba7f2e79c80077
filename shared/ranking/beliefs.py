"""What is believed to lift a person: worked out whenever something is learned, so that a list has only to look it up.

The sums it follows from (`uplift.Person`) are for learning on; a request never reads them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from shared.ranking.population import Population
from shared.ranking.rounding import rounded
from shared.ranking.uplift import PersonSums, baseline_of, content_effect, kind_effect

# Mean and variance of what it does beyond what studies let hope for, and for contents beyond what sets it apart from
# its kind for everyone; how often it was done, and how often it felt better than expected afterwards. As JSON has it:
# of a few dozen, most are not looked at.
BeliefRow: TypeAlias = Sequence[float]


class Beliefs(NamedTuple):
    kinds: Mapping[str, BeliefRow] = {}
    contents: Mapping[str, BeliefRow] = {}

    def to_json(self) -> dict[str, object]:
        return {"kinds": rounded(self.kinds), "contents": rounded(self.contents)}


def beliefs_from(person: PersonSums, population: Population) -> Beliefs:
    own_, within = baseline_of(person, population), population.contents_within
    kinds: dict[str, BeliefRow] = {}
    contents: dict[str, BeliefRow] = {}
    for kind, whole in person.kinds.items():
        prior = population.of_a_person(kind)
        kinds[kind] = [*kind_effect(whole, prior, own_, within), whole.times, whole.better]
        for content_id, tally in person.contents.get(kind, {}).items():
            offset = population.content(content_id)
            mean, variance = content_effect(tally, whole, prior, offset, own_, within)
            contents[content_id] = [mean - offset[0], variance, tally.times, tally.better]
    return Beliefs(kinds, contents)
