"""Minors who tell of danger have a line for children first."""

import pytest

from tests.conftest import Client, ClientFactory

NOTE = {"mood": "hopeless", "intensity": 9, "note": "I want to kill myself"}


@pytest.mark.parametrize(
    ("age_band", "first"), [("13_to_15", "Childline"), ("18_or_over", "Samaritans"), (None, "Samaritans")]
)
async def test_the_lines_are_those_for_the_age(
    me: Client, client_for: ClientFactory, age_band: str | None, first: str
) -> None:
    """The age is that of the profile, or of what the app store says. Of unknown age, it is the lines for everyone."""
    await client_for("account", me.person).patch("/profile", json={"country": "GB", "age_band": age_band})

    support = (await me.post("/", json=NOTE)).json()["support"]

    assert support["lines"][0]["name"] == first


async def test_they_are_the_same_in_the_quiet_days_that_follow(me: Client, client_for: ClientFactory) -> None:
    """With the next check-in, and with recommendations."""
    await client_for("account", me.person).patch("/profile", json={"country": "GB", "age_band": "13_to_15"})
    await me.post("/", json=NOTE)

    after = (await me.post("/", json={"mood": "calm", "intensity": 3})).json()["support"]
    feed = (await client_for("recommend", me.person).get("/")).json()["support"]

    assert after["lines"][0]["name"] == feed["lines"][0]["name"] == "Childline"
