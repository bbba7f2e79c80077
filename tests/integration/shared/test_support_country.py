"""Without a country in the profile, support is that of the country in which the person probably is."""

from typing import Any

import pytest

from tests.conftest import Client, ClientFactory

NOTE = {"mood": "hopeless", "intensity": 9, "note": "I want to kill myself"}
PLAIN = {"mood": "hopeless", "intensity": 9}


def place_of(answer: dict[str, Any]) -> tuple[str, set[str]]:
    return answer["emergency_number"], {line["country"] for line in answer["lines"]}


@pytest.mark.parametrize(
    ("profile", "accept_language", "place"),
    [
        ({"timezone": "America/New_York", "locale": "en-US"}, "en-US", ("911", {"US"})),
        ({"locale": "en-US"}, "", ("911", {"US"})),
        ({"locale": "en"}, "en-GB,en;q=0.9", ("999", {"GB"})),
        ({"timezone": "America/New_York"}, "en", ("911", {"US"})),
        ({"timezone": "America/New_York", "locale": "en-US", "country": "GB"}, "en-US", ("999", {"GB"})),
        ({"timezone": "Europe/Vienna", "locale": "en-US"}, "en-US", ("112", {"AT"})),
        ({"timezone": "UTC", "locale": "en"}, "en", ("112", {"ZZ"})),
    ],
)
async def test_help_is_that_of_the_likely_country(
    me: Client,
    client_for: ClientFactory,
    profile: dict[str, str],
    accept_language: str,
    place: tuple[str, set[str]],
) -> None:
    """For words of danger, and afterwards for a check-in without words, the feed, and the guide."""
    headers = {"Accept-Language": accept_language}
    account, feed = client_for("account", me.person), client_for("recommend", me.person)
    await account.patch("/profile", json=profile)

    danger = (await me.post("/", json=NOTE, headers=headers)).json()["support"]
    care = (await me.post("/", json=PLAIN, headers=headers)).json()["support"]
    shown = (await feed.get("/", headers=headers)).json()["support"]
    guide = (await account.get("/guides/worried-about-someone", headers=headers)).json()

    assert [place_of(answer) for answer in (danger, care, shown)] == [place] * 3
    assert {line["country"] for line in guide["lines"]} == place[1]
