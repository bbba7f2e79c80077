"""Explains the scores of a list: a term for each part of a score, with its value and texts, and one sentence `why`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, NotRequired

from typing_extensions import TypedDict

from shared.labels import LABELS
from shared.languages import LabelledText
from shared.ranking.better_days import better_days_text
from shared.ranking.eligibility import HOURS_BY_TAG, Pool, PoolItem, Situation
from shared.ranking.person_scores import Contender, PersonKnowledge
from shared.ranking.reason_texts import REASON_TEXTS
from shared.ranking.why import WhyWriter, leading_codes

OWN_TALLY_TIMES = 3  # at so many completions or more, the sentence is about the content, not about its kind
LARGE_DOUBT = 0.2  # standard deviation of an estimate


class Term(TypedDict):
    """A part of a score."""

    # A typed dictionary, because every list makes about fifteen of them.

    code: str
    label: str
    value: float
    detail: str
    insight_id: NotRequired[str]  # of the insight that it comes from


class BetterCount(NamedTuple):
    """How often a person felt better than expected after something."""

    better: int
    times: int
    own: bool  # after this content, not after its kind


class Explainer:
    """Explains the items of one list, in the language of the situation's locale, or in English.

    The sentences that are `used` in the list already are not repeated.
    """

    def __init__(
        self, pool: Pool, knowledge: PersonKnowledge, situation: Situation, seed: int, used: Iterable[str] = ()
    ) -> None:
        self._pool, self._knowledge = pool, knowledge
        locale = situation.locale
        self._language, self._texts = REASON_TEXTS.code(locale), REASON_TEXTS.texts(locale)
        self._labels = LABELS.texts(locale)
        self._writer, self._seed = WhyWriter(locale, used), seed
        self._late = situation.hour in HOURS_BY_TAG["evening"]

    def terms(self, contender: Contender, chance: float, *, explore: bool) -> tuple[Term, ...]:
        """The terms whose values add up to the score. Terms of value 0 are left out."""
        item, cache = contender.item, self._pool.shared_terms
        general_terms = cache.get((self._language, item.key))
        if general_terms is None:
            general_terms = cache[self._language, item.key] = tuple(self._general_terms(item))
        return (
            *general_terms,
            *self._personal_terms(contender),
            self._chance_term(chance, explore=explore),
        )

    def why(self, contender: Contender, terms: Sequence[Term]) -> str:
        """One sentence about one of the two terms that moved the score most."""
        self._seed += 1
        codes = why_codes({term["code"]: term["value"] for term in terms}, contender, self._knowledge)
        content, pool = contender.item.content, self._pool
        return self._writer.sentence(codes, content, pool.mood, self._seed, late=self._late, target=pool.target)

    def _general_terms(self, item: PoolItem) -> Iterator[Term]:
        texts, content, target = self._texts.terms, item.content, self._pool.target
        if target:
            yield _term("mood_fit", texts.target_fit, item.fit, target=self._labels.moods[target.name])
        else:
            yield _term("mood_fit", texts.mood_fit, item.fit)
        if item.effort_penalty:
            yield _term("effort", texts.effort, item.effort_penalty)
        if content.effect:
            says = (content.says or {}).get(self._language) or self._texts.why.evidence[0]
            detail = {"says": says.removesuffix("."), "citation": content.citation or ""}
            yield _term("evidence", texts.evidence, content.effect, **detail)
        if item.population_effect:
            people = self._knowledge.population.kind_effect(content.kind).people
            after = self._texts.after_kind[content.kind]
            yield _term("everyone", texts.everyone, item.population_effect, people=people, after=after)

    def _personal_terms(self, contender: Contender) -> Iterator[Term]:
        texts, item = self._texts.terms, contender.item
        if contender.uplift:
            yield self._uplift_term(contender)
        if contender.better_days:
            yield self._better_days_term(contender)
        if contender.taste:
            yield _term("taste", texts.liked if contender.taste > 0 else texts.passed, contender.taste)
        if contender.similar_taste:
            people = self._knowledge.similar_taste[item.key].people
            yield _term("similar_taste", texts.similar_taste, contender.similar_taste, people=people)
        if contender.fatigue_penalty:
            yield _term("fatigue", texts.fatigue, contender.fatigue_penalty)

    def _uplift_term(self, contender: Contender) -> Term:
        tally, texts = _tally(contender, self._knowledge), self._texts
        after = texts.after_this if tally.own else texts.after_kind[contender.item.content.kind]
        doubt = texts.doubts.large if contender.sd > LARGE_DOUBT else texts.doubts.small
        comparison = texts.comparisons.larger if contender.uplift > 0 else texts.comparisons.smaller
        return _term(
            "uplift",
            texts.terms.uplift,
            contender.uplift,
            after=after,
            better=tally.better,
            times=tally.times,
            comparison=comparison,
            doubt=doubt,
        )

    def _better_days_term(self, contender: Contender) -> Term:
        insight = self._knowledge.better_days[contender.item.key]
        text = better_days_text(insight, self._language)
        return {
            "code": "better_days",
            "label": text.label,
            "value": contender.better_days,
            "detail": text.detail,
            "insight_id": insight.insight_id,
        }

    def _chance_term(self, chance: float, *, explore: bool) -> Term:
        if explore:
            return _term("explore", self._texts.terms.explore, chance)
        return _term("variety", self._texts.terms.variety if self._pool.gentle else self._texts.terms.unsure, chance)


def why_codes(values: Mapping[str, float], contender: Contender, knowledge: PersonKnowledge) -> Sequence[str]:
    """What a sentence may name: of the leading terms, with an uplift only if the person mostly felt better.

    What goes with their better days comes first, under the name of the activity.
    """
    codes = leading_codes(values)
    if "better_days" in codes:
        activity = knowledge.better_days[contender.item.key].activity
        return [activity, *_felt_codes([code for code in codes if code != "better_days"], contender, knowledge)]
    return _felt_codes(codes, contender, knowledge) or ["variety"]


def _felt_codes(codes: Sequence[str], contender: Contender, knowledge: PersonKnowledge) -> Sequence[str]:
    if "uplift" not in codes:
        return codes
    tally, others = _tally(contender, knowledge), [code for code in codes if code != "uplift"]
    if tally.better * 2 <= tally.times:
        return others
    return ["uplift_this" if tally.own else "uplift", *others]


def mean_parts(contender: Contender) -> Mapping[str, float]:
    """The parts of an estimate by the code of their term, without chance."""
    item = contender.item
    return {
        "mood_fit": item.fit,
        "effort": item.effort_penalty,
        "evidence": item.content.effect or 0.0,
        "everyone": item.population_effect,
        "uplift": contender.uplift,
        "taste": contender.taste,
        "similar_taste": contender.similar_taste,
        "fatigue": contender.fatigue_penalty,
        "better_days": contender.better_days,
    }


def _tally(contender: Contender, knowledge: PersonKnowledge) -> BetterCount:
    item, beliefs = contender.item, knowledge.beliefs
    kind_belief, content_belief = beliefs.kinds.get(item.content.kind), beliefs.contents.get(item.key)
    # The kind of an item may have changed since it was done, so its former kind may have no belief.
    if content_belief and (content_belief[2] >= OWN_TALLY_TIMES or kind_belief is None):
        return BetterCount(int(content_belief[3]), int(content_belief[2]), own=True)
    return (
        BetterCount(int(kind_belief[3]), int(kind_belief[2]), own=False)
        if kind_belief
        else BetterCount(0, 0, own=False)
    )


def _term(code: str, text: LabelledText, value: float, **values: object) -> Term:
    return {"code": code, "label": text.label, "value": value, "detail": text.detail.format_map(values)}
