"""Words of danger in a conversation: what follows them is a state machine, and no model."""
