"""The SQL of what a model is told of a profile. It runs as the person, whose id is `mend.uid()`."""

from typing import LiteralString, NamedTuple

from shared.db import Connection

TRAITS: LiteralString = """
    SELECT preferences, constraints, past_destinations, wishlist_regions
    FROM public.user_profiles
    WHERE user_id = mend.uid()
"""


class Traits(NamedTuple):
    """What a person has written to be understood by, each in their own words."""

    preferences: list[str]
    constraints: list[str]
    past_destinations: list[str]
    wishlist_regions: list[str]

    @property
    def facts(self) -> list[str]:
        """A line for each list that is not empty. What limits the person comes first."""
        lists = {
            "What limits them": self.constraints,
            "What they like": self.preferences,
            "Where they have been": self.past_destinations,
            "Where they would like to go": self.wishlist_regions,
        }
        return [f"{title}: {'; '.join(items)}" for title, items in lists.items() if items]


async def load_facts(conn: Connection) -> list[str]:
    """The facts of the profile, or none."""
    traits = (await conn.run(TRAITS, None, Traits)).first
    return traits.facts if traits else []
