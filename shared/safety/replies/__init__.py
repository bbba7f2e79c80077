"""The gate on what a language model writes."""
