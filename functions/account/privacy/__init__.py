"""What a person is told about their data: it comes from the `[[data]]` entries of all capabilities."""
