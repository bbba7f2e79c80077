"""What a person thinks of a reply."""
