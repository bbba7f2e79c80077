"""A ranked list as the API answers it, and as it is logged."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json
from typing_extensions import TypedDict

from shared.labels import LABELS
from shared.ranking.policy import RankedItem
from shared.ranking.reasons import Term

DAY_SECONDS = 86_400


class Recommendation(TypedDict):
    """An item that is likely to help. The terms explain the score, and add up to it."""

    # A typed dictionary and not a pydantic model, because every check-in makes several of them.

    content_id: UUID
    recommendation_id: UUID
    title: str
    kind: str
    kind_label: str
    minutes: int
    url: str | None
    body: str | None
    image_url: str | None
    attribution: str | None
    why: str
    score: float
    terms: tuple[Term, ...]
    uncertainty: float
    explore: bool


def recommendations_from(ranked: Sequence[RankedItem], list_id: UUID, locale: str | None) -> list[Recommendation]:
    kinds = LABELS.texts(locale).kinds
    return [_recommendation(item, list_id, locale or "en", kinds) for item in ranked]


def ranking_log(ranked: Sequence[RankedItem]) -> Jsonb:
    """The list with its propensities, so that other policies can be evaluated offline."""
    items = [
        {
            "content_id": item.content.id,
            "version": item.content.version,
            "score": round(item.score, 6),
            "explore": item.explore,
            "propensity": round(item.propensity, 9),
        }
        for item in ranked
    ]
    return Jsonb(items, to_json)


def day_number(moment: datetime) -> float:
    """Days since 1970, as taste counts them."""
    return moment.timestamp() / DAY_SECONDS


def _recommendation(item: RankedItem, list_id: UUID, locale: str, kinds: Mapping[str, str]) -> Recommendation:
    content = item.content
    return {
        "content_id": content.id,
        "recommendation_id": list_id,
        "title": content.text("title", locale) or content.title,
        "kind": content.kind,
        "kind_label": kinds[content.kind],
        "minutes": content.minutes,
        "url": content.url,
        "body": content.text("body", locale),
        "image_url": content.image_url,
        "attribution": content.text("attribution", locale),
        "why": item.why,
        "score": item.score,
        "terms": item.terms,
        "uncertainty": item.uncertainty,
        "explore": item.explore,
    }
