"""What brainstorm and planning are told of a person's profile."""
