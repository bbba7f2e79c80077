"""What is likely to help: candidates from the catalogue, scored by terms that add up."""

from shared.ranking.candidates import Candidates, Catalogue, Content
from shared.ranking.scoring import Scored, Term, rank

__all__ = ["Candidates", "Catalogue", "Content", "Scored", "Term", "rank"]
