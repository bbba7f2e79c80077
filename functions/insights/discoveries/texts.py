"""The title, body and cautions of an insight, from `texts/<language>.json`. They are composed when it is read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from functions.insights.harm import is_medicine
from functions.insights.number_texts import NumberTexts
from functions.insights.records import InsightRow
from shared.labels import LABELS
from shared.languages import Languages, TextModel

ByDirection = Mapping[str, str]
MOOD = "mood:"  # begins the outcome of a single mood


class MoodTexts(TextModel):
    """Of a single mood as outcome, always on the same day. Its effect is in days of a hundred."""

    titles: ByDirection
    directions: ByDirection
    bodies: Mapping[str, str]  # by kind
    interval: str


class InsightLanguage(NumberTexts):
    conjunction: str
    outcomes: Mapping[str, str]
    directions: ByDirection
    titles: Mapping[str, ByDirection]  # by outcome
    titles_later: Mapping[str, ByDirection]
    bodies: Mapping[str, Sequence[str]]  # by kind: for the same day, the next one, and later ones
    interval: str
    moods: MoodTexts
    counts: Mapping[str, str]
    cautions: Mapping[str, str]
    deleted_content: str
    practices: Mapping[str, str]

    def joined(self, names: Sequence[str]) -> str:
        *first, last = names
        return f"{', '.join(first)} {self.conjunction} {last}" if first else last


INSIGHT_TEXTS = Languages(Path(__file__).with_name("texts"), InsightLanguage)


class InsightText(NamedTuple):
    title: str
    body: str
    cautions: list[str]


def insight_text(insight: InsightRow, content_title: str | None, locale: str) -> InsightText:
    """The text in the language of the locale, in English if there is none. It says "goes with", never "causes"."""
    language = INSIGHT_TEXTS.texts(locale)
    names = language.joined(_names(insight, content_title, language))
    if insight.outcome.startswith(MOOD):
        mood = LABELS.texts(locale).moods[insight.outcome.removeprefix(MOOD)]
        title, sentences = _mood_text(insight, names, mood, language)
    else:
        titles = language.titles_later if insight.lag else language.titles
        title = titles[insight.outcome][_direction(insight)].format(names=names)
        sentences = _sentences(insight, names, language)
    counts = language.counts["times" if insight.n_without is None else "days"]
    body = f"{sentences} {counts.format(n_with=insight.n_with, n_without=insight.n_without)}"
    return InsightText(title[0].upper() + title[1:], body, _cautions(insight, language))


def _direction(insight: InsightRow) -> str:
    return "up" if insight.effect > 0 else "down"


def _names(insight: InsightRow, content_title: str | None, language: InsightLanguage) -> Sequence[str]:
    if insight.kind == "practice":
        return [language.practices[insight.about]]
    if insight.kind == "content":
        return [content_title or language.deleted_content]
    return insight.names


def _mood_text(insight: InsightRow, names: str, mood: str, language: InsightLanguage) -> tuple[str, str]:
    """The title, and the sentences with the effect and its interval."""
    texts, direction = language.moods, _direction(insight)
    sentence = texts.bodies[insight.kind].format(
        names=names,
        mood=mood,
        days=language.number(abs(insight.effect), 0),
        direction=texts.directions[direction],
        unit=language.number(insight.unit),
    )
    interval = texts.interval.format(low=language.number(insight.low, 0), high=language.number(insight.high, 0))
    return texts.titles[direction].format(names=names, mood=mood), f"{sentence} {interval}"


def _sentences(insight: InsightRow, names: str, language: InsightLanguage) -> str:
    """The effect and its interval, in points."""
    bodies = language.bodies[insight.kind]
    sentence = bodies[min(insight.lag, len(bodies) - 1)].format(
        names=names,
        outcome=language.outcomes[insight.outcome],
        points=language.number(abs(insight.effect)),
        direction=language.directions[_direction(insight)],
        unit=language.number(insight.unit),
        lag=insight.lag,
    )
    interval = language.interval.format(low=language.number(insight.low), high=language.number(insight.high))
    return f"{sentence} {interval}"


def _cautions(insight: InsightRow, language: InsightLanguage) -> list[str]:
    codes = {
        "no_cause": True,
        "copies": len(insight.names) > 1,
        "forgets_tags": insight.forgets_tags,
        "medicine": insight.kind in {"factor", "measure"} and any(map(is_medicine, insight.names)),
        "ended": insight.status == "ended",
        "replaced": insight.status == "replaced",
    }
    return [language.cautions[code] for code, applies in codes.items() if applies]
