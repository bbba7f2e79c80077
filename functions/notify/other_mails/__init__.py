"""Mails to others than the person: to the team, and to a parent or guardian."""
