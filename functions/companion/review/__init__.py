"""Reads again, by a model, notes in which the safety gate finds nothing. Off without AI_REVIEW_MODEL (docs/safety.md)."""
