"""What takes the place of the latest message or its reply."""
