"""When the companion says what it is, and to whom."""
