"""Explains a score: one term for each part of it, with its value and a sentence."""

from collections.abc import Iterator
from math import sqrt

from typing_extensions import TypedDict

from shared.moods import Mood
from shared.ranking.eligibility import Pool, PoolItem
from shared.ranking.person_scores import Contender, PersonKnowledge
from shared.ranking.population import Population

NO_TALLY = (0, 0, 0, 0)
OWN_TALLY_TIMES = 3  # at so many completions or more, the sentence is about the content, not about its kind


class Term(TypedDict):
    """A part of a score."""

    # A typed dictionary, because every list makes about fifteen of them.

    code: str
    label: str
    value: float
    detail: str


def reasons(
    contender: Contender, knowledge: PersonKnowledge, pool: Pool, chance: float, *, explore: bool
) -> tuple[Term, ...]:
    """The terms whose values add up to the score. Terms of value 0 are left out."""
    item = contender.item
    general_terms = pool.shared_terms.get(item.key)
    if general_terms is None:
        general_terms = pool.shared_terms[item.key] = tuple(_general_terms(item, knowledge.population, pool))
    return (
        *general_terms,
        *_personal_terms(contender, knowledge),
        _chance_term(contender, chance, gentle=pool.gentle, explore=explore),
    )


def _general_terms(item: PoolItem, population: Population, pool: Pool) -> Iterator[Term]:
    content = item.content
    yield _term("mood_fit", "Suits how you feel", item.fit, _fit_detail(pool.mood, pool.target))
    if item.effort_penalty:
        detail = "It asks more of you than a tired day may have."
        yield _term("effort", "Takes some strength", item.effort_penalty, detail)
    if content.effect:
        detail = f"People in studies gained a little on average, and half of that counts here: {content.citation}"
        yield _term("evidence", "Backed by studies", content.effect, detail)
    if item.population_effect:
        _, variance, people = population.kind_effect(content.kind)
        detail = (
            f"Seen with {people} people after {content.kind}, beyond what studies found: about "
            f"{_signed(item.population_effect)}, give or take {sqrt(variance + item.offset[1]):.1f}."
        )
        yield _term("everyone", "How it goes for others", item.population_effect, detail)


def _personal_terms(contender: Contender, knowledge: PersonKnowledge) -> Iterator[Term]:
    _, _, item, uplift, taste, similar_taste, fatigue_penalty = contender
    if uplift:
        yield _term("uplift", "How it goes for you", uplift, _uplift_detail(contender, knowledge))
    if taste > 0:
        yield _term("taste", "Your taste", taste, "You have taken to such things, or said that you like them.")
    elif taste:
        yield _term("taste", "Your taste", taste, "You have passed on such things before.")
    if similar_taste:
        people = knowledge.similar_taste[item.key].people
        detail = f"{people} times somebody who liked something you like took to this as well."
        yield _term("similar_taste", "Liked by people like you", similar_taste, detail)
    if fatigue_penalty:
        yield _term("fatigue", "Rests for now", fatigue_penalty, "You met it lately, so it rests for a while.")


def _fit_detail(mood: Mood, target: Mood | None) -> str:
    purpose = f"It is meant for when you feel {mood.label.lower()}"
    return f"{purpose}, and counts by how near it leads to feeling {target.label.lower()}." if target else f"{purpose}."


def _uplift_detail(contender: Contender, knowledge: PersonKnowledge) -> str:
    item, kind = contender.item, contender.item.content.kind
    kind_belief, content_belief = knowledge.beliefs.kinds.get(kind), knowledge.beliefs.contents.get(item.key)
    # The kind of an item may have changed since it was done, so its former kind may have no belief.
    own_belief = (
        content_belief if content_belief and (content_belief[2] >= OWN_TALLY_TIMES or kind_belief is None) else None
    )
    subject = "after this" if own_belief else f"after {kind}"
    _, _, times, better = map(int, own_belief or kind_belief or NO_TALLY)
    return (
        f"You felt better than expected {subject} {_times_text(better)} out of {times}; for you it goes with about "
        f"{_signed(contender.uplift)} compared with others, give or take {contender.sd:.1f}."
    )


def _chance_term(contender: Contender, chance: float, *, gentle: bool, explore: bool) -> Term:
    if explore:
        detail = "A try: now and then we show something else, to learn what suits you."
        return _term("explore", "Something different", chance, detail)
    if gentle:
        return _term("variety", "A change", chance, "A little chance, so that not every list is the same.")
    detail = f"We are not sure yet, give or take {contender.sd:.1f}, so it starts ahead, and chance has a say."
    return _term("variety", "A change", chance, detail)


def _term(code: str, label: str, value: float, detail: str) -> Term:
    return {"code": code, "label": label, "value": value, "detail": detail}


def _times_text(n: int) -> str:
    return "once" if n == 1 else "twice" if n == 2 else f"{n} times"  # noqa: PLR2004 - twice


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
