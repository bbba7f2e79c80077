"""`mend evaluate --companion`: how the companion treats people, by our own checklist (docs/companion.md)."""
