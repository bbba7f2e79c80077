"""`why`: the one sentence that tells a person why an item is in their list. No digits, and no sentence twice in a list.

It names one of the two terms that moved the score most, chance aside; what happened with the person comes first.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import lcm

from shared.moods import Mood
from shared.ranking.candidates import Candidate
from shared.ranking.eligibility import is_tired
from shared.ranking.reason_texts import REASON_TEXTS

CHANCE = frozenset({"explore", "variety"})
TURN = 0.25  # a change of arousal that an ending may name


class WhyWriter:
    """Writes the sentences of one list, in the language of a locale."""

    def __init__(self, locale: str) -> None:
        self._language = REASON_TEXTS.code(locale)
        self._texts = REASON_TEXTS.texts(locale)
        self._used: set[str] = set()

    def sentence(self, codes: Sequence[str], content: Candidate, mood: Mood, seed: int, *, late: bool) -> str:
        """A sentence about the first of these codes for which there is one that the list does not have yet.

        A code is that of a term or, of what goes with better days, that of the activity.
        It promises to wake up only those who are tired, and nobody when it is `late`: in the evening and at night.
        """
        direction = _direction(content, mood, late=late)
        sentences = (sentence for code in codes for sentence in self._sentences(code, content, direction, seed))
        unused = next((sentence for sentence in sentences if sentence not in self._used), None)
        chosen = unused or next(self._sentences(codes[0], content, direction, seed))
        self._used.add(chosen)
        return chosen

    def _sentences(self, code: str, content: Candidate, direction: str, seed: int) -> Iterator[str]:
        """All sentences about a term, in an order that differs from list to list. The shortest come first."""
        fits = self._fits(content, direction, seed)
        if code == "mood_fit":
            yield from (f"{fit[0].upper()}{fit[1:]}." for fit in fits)
            return
        reasons = _rotated(self._reasons(code, content), seed)
        yield from (f"{reason}." for reason in reasons)
        yield from (f"{self._texts.joined.format(reason=reason, fit=fit)}." for fit in fits for reason in reasons)

    def _fits(self, content: Candidate, direction: str, seed: int) -> Iterator[str]:
        """What its kind can do. Neighbours differ in both halves."""
        subjects = _rotated(self._texts.subjects[content.kind], seed)
        leads = _rotated(getattr(self._texts.leads, direction), seed)
        for n in range(lcm(len(subjects), len(leads))):
            yield self._texts.fit.format(subject=subjects[n % len(subjects)], lead=leads[n % len(leads)])

    def _reasons(self, code: str, content: Candidate) -> Sequence[str]:
        if code == "evidence" and content.says and (own := content.says.get(self._language)):
            return (own.removesuffix("."),)
        if activity := self._texts.activities.get(code):
            return (activity.why,)
        after = self._texts.after_kind[content.kind]
        return [reason.format(after=after) for reason in getattr(self._texts.why, code)]


def leading_codes(values: Mapping[str, float]) -> Sequence[str]:
    """Of the two terms that moved the score most, chance aside, those that speak for the item. Otherwise the largest.

    Chance is almost always large, so it would keep what a person knows of themselves from being said.
    """
    reasons = [code for code in values if code not in CHANCE]
    largest = sorted(reasons, key=lambda code: -abs(values[code]))[:2]
    return [code for code in largest if values[code] > 0] or [max(values, key=values.__getitem__)]


def _direction(content: Candidate, mood: Mood, *, late: bool) -> str:
    turn = content.leads_arousal - mood.arousal
    if turn < -TURN:
        return "settle"
    return "wake" if turn > TURN and is_tired(mood) and not late else "brighten"


def _rotated(variants: Sequence[str], seed: int) -> Sequence[str]:
    start = seed % len(variants)
    return [*variants[start:], *variants[:start]]
