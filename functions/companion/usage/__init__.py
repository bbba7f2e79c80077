"""How many tokens a person may use in a day, and what the replies of everybody may cost in a month, both in UTC."""
