"""The words of a review, from `texts/<language>.json`. It names no hardest day: the numbers have it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from functions.insights.discoveries.texts import INSIGHT_TEXTS
from functions.insights.reviews.models import PeriodReview
from shared.languages import Languages, TextModel


class ReviewLanguage(TextModel):
    titles: Mapping[str, str]
    empty: str
    counts: str
    mood: str
    higher: str
    lower: str
    same: str
    best_day: str
    date_format: str
    months: Sequence[str]

    def day(self, day: date) -> str:
        return self.date_format.format(day=day.day, month=self.months[day.month - 1])


REVIEW_TEXTS = Languages(Path(__file__).with_name("texts"), ReviewLanguage)


def review_text(review: PeriodReview, locale: str) -> dict[str, object]:
    """The title and the sentences in the language of the locale, in English if there are no texts."""
    language = REVIEW_TEXTS.texts(locale)
    return {"title": language.titles[review.period], "sentences": list(_sentences(review, locale, language))}


def _sentences(review: PeriodReview, locale: str, language: ReviewLanguage) -> Iterator[str]:
    if review.mood is None:
        yield language.empty
        return
    number = INSIGHT_TEXTS.texts(locale).number
    length = (review.last - review.first).days + 1
    yield language.counts.format(days=review.days, length=length)
    yield language.mood.format(mood=number(review.mood))
    if change := review.change:
        is_clear = change.low > 0 or change.high < 0
        sentence = language.same if not is_clear else language.higher if change.low > 0 else language.lower
        low, high = sorted((abs(change.low), abs(change.high)))
        yield sentence.format(points=number(abs(change.mean)), low=number(low), high=number(high))
    if review.best_day and review.best_day.mean > 0:  # the best of hard days is not a best day
        yield language.best_day.format(date=language.day(review.best_day.date))
