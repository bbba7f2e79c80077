"""What is likely to help: candidates from the catalogue, scored by terms that add up (docs/ranking.md)."""

from shared.ranking.candidates import Candidates, Catalogue, Content
from shared.ranking.contenders import Known
from shared.ranking.person_knowledge import Knowledge
from shared.ranking.policy import Scored, rank
from shared.ranking.pool import Situation
from shared.ranking.reasons import Term
from shared.ranking.recommendations import Recommendation, day_number, hour_at, logged, shown

__all__ = [
    "Candidates",
    "Catalogue",
    "Content",
    "Knowledge",
    "Known",
    "Recommendation",
    "Scored",
    "Situation",
    "Term",
    "day_number",
    "hour_at",
    "logged",
    "rank",
    "shown",
]
