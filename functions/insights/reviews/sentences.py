"""The words of a review, from `texts/<language>.json`. It names no hardest day: the numbers have it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from functions.insights.discoveries.texts import FALLBACK, load_language
from functions.insights.reviews.models import PeriodReview

FOLDER = Path(__file__).with_name("texts")


class ReviewLanguage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

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


def review_text(review: PeriodReview, locale: str) -> dict[str, object]:
    """The title and the sentences in the language of the locale, in English if there are no texts."""
    code = locale.partition("-")[0].lower()
    language = _language(code)
    return {"title": language.titles[review.period], "sentences": list(_sentences(review, code, language))}


def _sentences(review: PeriodReview, code: str, language: ReviewLanguage) -> Iterator[str]:
    if review.mood is None or review.best_day is None:
        yield language.empty
        return
    number = load_language(code).number
    length = (review.last - review.first).days + 1
    yield language.counts.format(days=review.days, length=length, entries=review.entries)
    yield language.mood.format(mood=number(review.mood))
    if change := review.change:
        is_clear = change.low > 0 or change.high < 0
        sentence = language.same if not is_clear else language.higher if change.low > 0 else language.lower
        low, high = sorted((abs(change.low), abs(change.high)))
        yield sentence.format(points=number(abs(change.mean)), low=number(low), high=number(high))
    yield language.best_day.format(date=language.day(review.best_day.date))


@cache
def _language(code: str) -> ReviewLanguage:
    path = FOLDER / f"{code}.json"
    return ReviewLanguage.model_validate_json(path.read_bytes()) if path.exists() else _language(FALLBACK)
