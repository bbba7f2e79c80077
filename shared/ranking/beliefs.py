"""Estimates of what lifts a person. They are computed when something is learned, so that a request only reads them.

They follow from the sums in `uplift.PersonSums`, which only the learning code reads.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from shared.ranking.population import Population
from shared.ranking.rounding import rounded
from shared.ranking.uplift import PersonSums, estimate_baseline, personal_content_effect, personal_kind_effect

# Mean, variance, times done, times felt better than expected. The mean is the effect beyond the study prior; for a
# content also beyond its offset from its kind in the whole population. Not converted from JSON, because a request looks
# at few of the several dozen rows.
BeliefRow: TypeAlias = Sequence[float]


class Beliefs(NamedTuple):
    kinds: Mapping[str, BeliefRow] = {}
    contents: Mapping[str, BeliefRow] = {}

    def to_json(self) -> dict[str, object]:
        return {"kinds": rounded(self.kinds), "contents": rounded(self.contents)}


def beliefs_from(person: PersonSums, population: Population) -> Beliefs:
    """The estimates for every kind and content that the person has done."""
    baseline, content_variance = estimate_baseline(person, population), population.content_variance
    kinds: dict[str, BeliefRow] = {}
    contents: dict[str, BeliefRow] = {}
    for kind, kind_tally in person.kinds.items():
        prior = population.person_prior(kind)
        mean, variance = personal_kind_effect(kind_tally, prior, baseline, content_variance)
        kinds[kind] = [mean, variance, kind_tally.times_done, kind_tally.times_better]
        for content_id, tally in person.contents.get(kind, {}).items():
            offset = population.content_offset(content_id)
            mean, variance = personal_content_effect(tally, kind_tally, prior, offset, baseline, content_variance)
            contents[content_id] = [mean - offset[0], variance, tally.times_done, tally.times_better]
    return Beliefs(kinds, contents)
