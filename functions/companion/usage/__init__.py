"""How many tokens a person has used, and may use in a day. Days are those of UTC."""
