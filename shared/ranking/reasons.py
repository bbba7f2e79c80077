"""Why something is shown to this person, in plain words: how much is known of it, and how surely."""

from collections.abc import Iterator

from shared.ranking.judging import Contender, Known
from shared.ranking.pool import Term, signed

ENOUGH = 3  # times a content was done before it is spoken of by itself


def reasons(contender: Contender, known: Known, luck: float, *, explore: bool) -> tuple[Term, ...]:
    """The terms that the score is the sum of."""
    return (*contender.choice.terms, *_of_you(contender, known), _luck(contender, luck, explore=explore))


def _of_you(contender: Contender, known: Known) -> Iterator[Term]:
    """What counts for nothing goes without saying."""
    _, _, choice, uplift, taste, alike, rest = contender
    if uplift:
        yield Term("uplift", "How it goes for you", uplift, _lifted(contender, known))
    if taste > 0:
        yield Term("taste", "Your taste", taste, "You have liked or finished such things lately.")
    elif taste:
        yield Term("taste", "Your taste", taste, "You have often passed on such things.")
    if alike:
        found = f"{known.alike[choice.key].people} people who liked what you like took to it."
        yield Term("alike", "Liked by people like you", alike, found)
    if rest:
        yield Term("rest", "You just had it", rest, "You met it lately, so it rests for a while.")


def _lifted(contender: Contender, known: Known) -> str:
    choice, kind = contender.choice, contender.choice.content.kind
    tally, what = known.person.kinds[kind], f"after {kind}"
    one = known.person.contents.get(kind, {}).get(choice.key)
    if one and one.times >= ENOUGH:
        tally, what = one, "after this"
    return (
        f"You felt better than expected {what} {_times(tally.better)} of {tally.times}; for you it goes with about "
        f"{signed(contender.uplift)} beside what others see, give or take {contender.sd:.1f}."
    )


def _luck(contender: Contender, luck: float, *, explore: bool) -> Term:
    if explore:
        found = "A try: now and then we show something else, to learn what suits you."
        return Term("explore", "Something different", luck, found)
    found = f"We are not sure yet, give or take {contender.sd:.1f}, so chance has a say."
    return Term("variety", "A change", luck, found)


def _times(n: int) -> str:
    return "once" if n == 1 else "twice" if n == 2 else f"{n} times"  # noqa: PLR2004 - twice
