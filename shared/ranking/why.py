"""`why`: the one sentence that tells a person why an item is in their list. No digits, and no sentence twice in a list.

It names one of the two terms that moved the score most, chance aside; what happened with the person comes first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import lcm

from shared.moods import Mood
from shared.ranking.candidates import Candidate
from shared.ranking.eligibility import is_tired
from shared.ranking.reason_texts import REASON_TEXTS

CHANCE = frozenset({"explore", "variety"})
TURN = 0.25  # a change of arousal that an ending may name
PLEASANT = 0.3  # from this valence on, a mood is there to be enjoyed


class WhyWriter:
    """Writes the sentences of one list, in the language of a locale."""

    def __init__(self, locale: str, used: Iterable[str] = ()) -> None:
        self._language = REASON_TEXTS.code(locale)
        self._texts = REASON_TEXTS.texts(locale)
        self._used = {*used}

    def sentence(  # noqa: PLR0913 - what a sentence depends on
        self,
        codes: Sequence[str],
        content: Candidate,
        mood: Mood,
        seed: int,
        *,
        late: bool,
        target: Mood | None = None,
    ) -> str:
        """A sentence about the first of these codes for which there is one that the list does not have yet.

        A code is that of a term or, of what goes with better days, that of the activity.
        It promises to wake up only those who are tired, and nobody when it is `late`: in the evening and at night.
        To somebody who feels well it speaks of enjoying that, unless the `target` is calmer.
        """
        direction = _direction(content, mood, target, late=late)
        sentences = (each for code in codes for each in self._sentences(code, content, mood, direction, seed))
        unused = next((sentence for sentence in sentences if sentence not in self._used), None)
        chosen = unused or next(self._sentences(codes[0], content, mood, direction, seed))
        self._used.add(chosen)
        return chosen

    def _sentences(self, code: str, content: Candidate, mood: Mood, direction: str, seed: int) -> Iterator[str]:
        """All sentences about a term, in an order that differs from list to list. The shortest come first."""
        fits = self._fits(content, direction, seed)
        if code == "mood_fit":
            yield from (f"{fit[0].upper()}{fit[1:]}." for fit in fits)
            return
        reasons = _rotated(self._reasons(code, content, mood), seed)
        yield from (f"{reason}." for reason in reasons)
        yield from (f"{self._texts.joined.format(reason=reason, fit=fit)}." for fit in fits for reason in reasons)

    def _fits(self, content: Candidate, direction: str, seed: int) -> Iterator[str]:
        """What its kind can do. Neighbours differ in both halves."""
        subjects = _rotated(self._texts.subjects[content.kind], seed)
        leads = _rotated(getattr(self._texts.leads, direction), seed)
        for n in range(lcm(len(subjects), len(leads))):
            yield self._texts.fit.format(subject=subjects[n % len(subjects)], lead=leads[n % len(leads)])

    def _reasons(self, code: str, content: Candidate, mood: Mood) -> Sequence[str]:
        if code == "evidence" and mood.valence > 0:  # what studies found is often about stress or low moods
            return self._texts.why.evidence_of_good
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


def _direction(content: Candidate, mood: Mood, target: Mood | None, *, late: bool) -> str:
    turn, is_pleasant = content.leads_arousal - mood.arousal, mood.valence > PLEASANT
    seeks_calm = not is_pleasant or (target is not None and target.arousal - mood.arousal < -TURN)
    if seeks_calm and turn < -TURN:
        return "settle"
    if is_pleasant:
        return "savour"
    return "wake" if turn > TURN and is_tired(mood) and not late else "brighten"


def _rotated(variants: Sequence[str], seed: int) -> Sequence[str]:
    start = seed % len(variants)
    return [*variants[start:], *variants[:start]]
