"""A support conversation is handed over to the team: by one mail, which the person has seen and said yes to."""
