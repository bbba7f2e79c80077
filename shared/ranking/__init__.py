"""Ranks the catalogue for one person: candidates, scored by terms that add up to the score (docs/ranking.md)."""

from shared.ranking.candidates import Candidate, CandidateCache, CandidateSet, picture_folder
from shared.ranking.eligibility import Situation
from shared.ranking.person_knowledge import KnowledgeReader, MetLately
from shared.ranking.person_scores import PersonKnowledge
from shared.ranking.policy import RankedItem, rank, rank_with_longer
from shared.ranking.reasons import Term
from shared.ranking.recommendations import Recommendation, day_number, ranking_log, recommendations_from

__all__ = [
    "Candidate",
    "CandidateCache",
    "CandidateSet",
    "KnowledgeReader",
    "MetLately",
    "PersonKnowledge",
    "RankedItem",
    "Recommendation",
    "Situation",
    "Term",
    "day_number",
    "picture_folder",
    "rank",
    "rank_with_longer",
    "ranking_log",
    "recommendations_from",
]
