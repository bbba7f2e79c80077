"""`mend evaluate`: measures the ranking in simulated worlds with known effects, and on real ratings."""
