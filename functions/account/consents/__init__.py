"""What a person agrees to, by purpose."""
