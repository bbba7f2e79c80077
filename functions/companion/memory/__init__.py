"""What a person has asked the companion to remember."""
