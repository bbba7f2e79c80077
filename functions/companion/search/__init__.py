"""Search in the conversations of a person."""
