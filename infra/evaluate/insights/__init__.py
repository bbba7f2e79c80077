"""`mend evaluate --insights`: measures how insights are found, in simulated worlds with known effects."""
