"""A model reads again notes in which the safety gate finds nothing. Off without AI_REVIEW_MODEL (docs/safety.md)."""
