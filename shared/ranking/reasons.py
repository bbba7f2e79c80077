"""Why something is shown, in plain words: every term of a score, with how much is known and how surely."""

from math import sqrt
from typing import NamedTuple

from shared.moods import MOODS
from shared.ranking.judging import Contender, Known

ENOUGH = 3  # times a content was done before it is spoken of by itself


class Term(NamedTuple):
    code: str
    label: str
    value: float
    detail: str


def reasons(contender: Contender, known: Known, luck: float, *, explore: bool) -> tuple[Term, ...]:
    """The terms that the score is the sum of; what counts for nothing goes without saying."""
    choice, parts = contender.choice, contender.parts
    content = choice.content
    terms = [
        Term("mood_fit", "Suits how you feel", choice.fit, f"It often follows on from feeling {_name(choice.mood)}.")
    ]
    if choice.strain:
        terms.append(
            Term("energy", "Takes some strength", choice.strain, "It asks more of you than a tired day may have.")
        )
    if content.effect:
        found = f"People in studies gained a little on average, and half of that counts here: {content.citation}"
        terms.append(Term("evidence", "Backed by studies", content.effect, found))
    if everyone := parts.everyone + choice.offset.mean:
        terms.append(Term("everyone", "How it goes for others", everyone, _of_others(contender, known)))
    if parts.person:
        terms.append(Term("uplift", "How it goes for you", parts.person, _of_you(contender, known)))
    if parts.taste:
        liked = (
            "You have liked or finished such things lately."
            if parts.taste > 0
            else "You have often passed on such things."
        )
        terms.append(Term("taste", "Your taste", parts.taste, liked))
    if parts.alike:
        people = known.alike[choice.key].people
        terms.append(
            Term(
                "alike", "Liked by people like you", parts.alike, f"{people} people who liked what you like took to it."
            )
        )
    if parts.rest:
        terms.append(Term("rest", "You just had it", parts.rest, "You met it lately, so it rests for a while."))
    return (*terms, _luck(contender, luck, explore=explore))


def _name(mood: str) -> str:
    return MOODS[mood].label.lower()


def _of_others(contender: Contender, known: Known) -> str:
    kind = contender.choice.content.kind
    effect = known.population.kind(kind)
    give_or_take = sqrt(effect.variance + contender.choice.offset.variance)
    return (
        f"Seen with {effect.people} people after {kind}, beyond what studies found: about "
        f"{_signed(contender.parts.everyone + contender.choice.offset.mean)}, give or take {give_or_take:.1f}."
    )


def _of_you(contender: Contender, known: Known) -> str:
    choice, kind = contender.choice, contender.choice.content.kind
    tally, what = known.person.kinds[kind], f"after {kind}"
    one = known.person.contents.get(kind, {}).get(choice.key)
    if one and one.times >= ENOUGH:
        tally, what = one, "after this"
    return (
        f"You felt better than expected {what} {_times(tally.better)} of {tally.times}; for you it goes with about "
        f"{_signed(contender.parts.person)} beside what others see, give or take {contender.sd:.1f}."
    )


def _luck(contender: Contender, luck: float, *, explore: bool) -> Term:
    if explore:
        return Term(
            "explore",
            "Something different",
            luck,
            "A try: now and then we show something else, to learn what suits you.",
        )
    return Term(
        "variety", "A change", luck, f"We are not sure yet, give or take {contender.sd:.1f}, so chance has a say."
    )


def _times(n: int) -> str:
    return "once" if n == 1 else "twice" if n == 2 else f"{n} times"  # noqa: PLR2004 - twice


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
