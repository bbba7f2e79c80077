"""Consents of people who were made without an app, for tests and benchmarks."""

from typing import LiteralString

# Of one person, or of everybody if `person` is NULL.
GRANT_EVERYTHING: LiteralString = """
    INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)
    SELECT u.id, p.purpose, true, p.valid_since, now() FROM auth.users AS u, mend.consent_purposes AS p
    WHERE u.id = %(person)s OR %(person)s::uuid IS NULL
"""
