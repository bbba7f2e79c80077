"""Estimates of what lifts a person. They are computed when something is learned, so that a request only reads them.

They follow from the sums in `uplift.PersonSums`, which only the learning code reads.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from shared.ranking.population import Population
from shared.ranking.rounding import rounded
from shared.ranking.uplift import PersonSums, baseline_of, content_effect, kind_effect

# Mean, variance, times done, times felt better than expected. The mean is the effect beyond the study prior; for a
# content also beyond its offset from its kind in the whole population. Kept as JSON gives it, because a request looks
# at few of the several dozen rows.
BeliefRow: TypeAlias = Sequence[float]


class Beliefs(NamedTuple):
    kinds: Mapping[str, BeliefRow] = {}
    contents: Mapping[str, BeliefRow] = {}

    def to_json(self) -> dict[str, object]:
        return {"kinds": rounded(self.kinds), "contents": rounded(self.contents)}


def beliefs_from(person: PersonSums, population: Population) -> Beliefs:
    """The estimates for every kind and content that the person has done."""
    baseline, within = baseline_of(person, population), population.content_variance
    kinds: dict[str, BeliefRow] = {}
    contents: dict[str, BeliefRow] = {}
    for kind, whole in person.kinds.items():
        prior = population.of_a_person(kind)
        kinds[kind] = [*kind_effect(whole, prior, baseline, within), whole.times, whole.better]
        for content_id, tally in person.contents.get(kind, {}).items():
            offset = population.content(content_id)
            mean, variance = content_effect(tally, whole, prior, offset, baseline, within)
            contents[content_id] = [mean - offset[0], variance, tally.times, tally.better]
    return Beliefs(kinds, contents)
