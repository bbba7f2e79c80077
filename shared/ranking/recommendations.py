"""A ranked list as the API answers it, and as it is logged."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb
from pydantic_core import to_json
from typing_extensions import TypedDict

from shared.ranking.policy import RankedItem
from shared.ranking.reasons import Term

DAY_SECONDS = 86_400


class Recommendation(TypedDict):
    """A typed dictionary and not a pydantic model, because every check-in makes several of them."""

    content_id: UUID
    recommendation_id: UUID
    title: str
    kind: str
    minutes: int
    url: str | None
    body: str | None
    image_url: str | None
    attribution: str | None
    score: float
    terms: tuple[Term, ...]
    uncertainty: float
    explore: bool


def recommendations_from(best: Sequence[RankedItem], shown_id: UUID) -> list[Recommendation]:
    return [_recommendation(scored, shown_id) for scored in best]


def ranking_log(best: Sequence[RankedItem]) -> Jsonb:
    """The list with its propensities, so that other policies can be evaluated offline."""
    kept = [
        {
            "content_id": scored.content.id,
            "version": scored.content.version,
            "score": round(scored.score, 6),
            "explore": scored.explore,
            "propensity": round(scored.propensity, 9),
        }
        for scored in best
    ]
    return Jsonb(kept, to_json)


def day_number(moment: datetime) -> float:
    """Days since 1970, as taste counts them."""
    return moment.timestamp() / DAY_SECONDS


def hour_at(moment: datetime, tz: ZoneInfo) -> int:
    return moment.astimezone(tz).hour


def _recommendation(scored: RankedItem, shown_id: UUID) -> Recommendation:
    content = scored.content
    return {
        "content_id": content.id,
        "recommendation_id": shown_id,
        "title": content.title,
        "kind": content.kind,
        "minutes": content.minutes,
        "url": content.url,
        "body": content.body,
        "image_url": content.image_url,
        "attribution": content.attribution,
        "score": scored.score,
        "terms": scored.terms,
        "uncertainty": scored.uncertainty,
        "explore": scored.explore,
    }
