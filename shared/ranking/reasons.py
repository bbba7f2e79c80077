"""Explains a score: one term for each part of it, with its value and a sentence."""

from collections.abc import Iterator
from math import sqrt

from typing_extensions import TypedDict

from shared.moods import Mood
from shared.ranking.contenders import Contender, PersonKnowledge
from shared.ranking.pool import Pool, PoolItem
from shared.ranking.population import Population

NO_TALLY = (0, 0, 0, 0)
OWN_TALLY_TIMES = 3  # from so many completions on, the sentence speaks of the content and not of its kind


class Term(TypedDict):
    """A part of a score. A typed dictionary, because every list makes about fifteen of them."""

    code: str
    label: str
    value: float
    detail: str


def reasons(
    contender: Contender, known: PersonKnowledge, pool: Pool, luck: float, *, explore: bool
) -> tuple[Term, ...]:
    """The terms whose values add up to the score. Terms of value 0 are left out."""
    choice = contender.choice
    of_anyone = pool.shared_terms.get(choice.key)
    if of_anyone is None:
        of_anyone = pool.shared_terms[choice.key] = tuple(_general_terms(choice, known.population, pool))
    return (
        *of_anyone,
        *_personal_terms(contender, known),
        _chance_term(contender, luck, gentle=pool.gentle, explore=explore),
    )


def _general_terms(choice: PoolItem, population: Population, pool: Pool) -> Iterator[Term]:
    content = choice.content
    yield _term("mood_fit", "Suits how you feel", choice.fit, _fit_detail(pool.mood, pool.target))
    if choice.strain:
        found = "It asks more of you than a tired day may have."
        yield _term("energy", "Takes some strength", choice.strain, found)
    if content.effect:
        found = f"People in studies gained a little on average, and half of that counts here: {content.citation}"
        yield _term("evidence", "Backed by studies", content.effect, found)
    if choice.everyone:
        _, variance, people = population.kind(content.kind)
        found = (
            f"Seen with {people} people after {content.kind}, beyond what studies found: about "
            f"{_signed(choice.everyone)}, give or take {sqrt(variance + choice.offset[1]):.1f}."
        )
        yield _term("everyone", "How it goes for others", choice.everyone, found)


def _personal_terms(contender: Contender, known: PersonKnowledge) -> Iterator[Term]:
    _, _, choice, uplift, taste, alike, rest = contender
    if uplift:
        yield _term("uplift", "How it goes for you", uplift, _uplift_detail(contender, known))
    if taste > 0:
        yield _term("taste", "Your taste", taste, "You have taken to such things, or said that you like them.")
    elif taste:
        yield _term("taste", "Your taste", taste, "You have passed on such things before.")
    if alike:
        found = f"{known.alike[choice.key].people} times somebody who liked something you like took to this as well."
        yield _term("alike", "Liked by people like you", alike, found)
    if rest:
        yield _term("rest", "Rests for now", rest, "You met it lately, so it rests for a while.")


def _fit_detail(mood: Mood, target: Mood | None) -> str:
    meant = f"It is meant for when you feel {mood.label.lower()}"
    return f"{meant}, and counts by how near it leads to feeling {target.label.lower()}." if target else f"{meant}."


def _uplift_detail(contender: Contender, known: PersonKnowledge) -> str:
    choice, kind = contender.choice, contender.choice.content.kind
    of_kind, one = known.beliefs.kinds.get(kind), known.beliefs.contents.get(choice.key)
    # The kind of an item may have changed since it was done, so its former kind may have no belief.
    by_itself = one if one and (one[2] >= OWN_TALLY_TIMES or of_kind is None) else None
    what = "after this" if by_itself else f"after {kind}"
    _, _, times, better = map(int, by_itself or of_kind or NO_TALLY)
    return (
        f"You felt better than expected {what} {_times_text(better)} out of {times}; for you it goes with about "
        f"{_signed(contender.uplift)} compared with others, give or take {contender.sd:.1f}."
    )


def _chance_term(contender: Contender, luck: float, *, gentle: bool, explore: bool) -> Term:
    if explore:
        found = "A try: now and then we show something else, to learn what suits you."
        return _term("explore", "Something different", luck, found)
    if gentle:
        return _term("variety", "A change", luck, "A little chance, so that not every list is the same.")
    found = f"We are not sure yet, give or take {contender.sd:.1f}, so it starts ahead, and chance has a say."
    return _term("variety", "A change", luck, found)


def _term(code: str, label: str, value: float, detail: str) -> Term:
    return {"code": code, "label": label, "value": value, "detail": detail}


def _times_text(n: int) -> str:
    return "once" if n == 1 else "twice" if n == 2 else f"{n} times"  # noqa: PLR2004 - twice


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
