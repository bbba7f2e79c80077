"""What a person in danger is answered: people to turn to, gentle things to do, and nothing to win or lose."""

import json
import re

import pytest

from shared.clock import utc_now
from shared.ranking.pool import GENTLE_EFFORT, GENTLE_KINDS
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import checked_in, days_before, profile_set

TOLD_OF_DANGER = """
    INSERT INTO public.notification_settings (user_id, channels, kinds, check_in_times, max_per_day, silent_until)
    VALUES (%s, '{}', '{}', '{}', 1, 'infinity')
"""
CRISIS = "I want to kill myself."
GAME_WORDS = re.compile(
    r"\b(streaks?|badges?|rewards?|trophy|trophies|xp|leaderboards?|level up|longest)\b", re.IGNORECASE
)


async def test_a_note_of_danger_is_answered_with_people(me: Client) -> None:
    """A message, at least one line that can be reached, and the number for emergencies."""
    answer = await checked_in(me, mood="hopeless", intensity=10, note=CRISIS)

    support = answer["support"]
    assert support["emergency_number"] in support["message"]
    assert support["lines"]
    assert all({"phone", "text", "url"} & line.keys() and line["name"] for line in support["lines"])


async def test_in_danger_nothing_speaks_of_games(me: Client) -> None:
    """A run of days is no comfort and no threat: neither it nor any word of its kind is in the answer."""
    for moment in days_before(utc_now(), 2, 1):
        await checked_in(me, occurred_at=moment)

    answer = await checked_in(me, mood="hopeless", intensity=10, note=CRISIS)

    assert "streak" not in answer
    assert GAME_WORDS.findall(json.dumps(answer)) == []


@pytest.mark.parametrize("mood", ["hopeless", "angry", "happy", "exhausted"])
async def test_in_danger_only_gentle_things_are_suggested(me: Client, database: Clone, mood: str) -> None:
    """Five suggestions still, each of a gentle kind and of little effort, whatever mood was named."""
    answer = await checked_in(me, mood=mood, intensity=10, note=CRISIS)

    ids = [shown["content_id"] for shown in answer["recommendations"]]
    found = database.rows("SELECT kind, effort FROM content WHERE id = ANY(%s::uuid[])", ids)
    assert len(found) == 5
    assert {kind for kind, _ in found} <= GENTLE_KINDS
    assert max(effort for _, effort in found) <= GENTLE_EFFORT


async def test_the_next_check_in_is_as_gentle_without_words(me: Client, database: Clone) -> None:
    """Once it has been heard of danger, one tap on a mood takes nothing back until it is over."""
    with database.admin() as conn:
        conn.execute(TOLD_OF_DANGER, (me.person,))

    answer = await checked_in(me, mood="angry")
    with database.admin() as conn:
        conn.execute("UPDATE public.notification_settings SET silent_until = '-infinity'")
    later = await checked_in(me, mood="angry")

    assert answer["support"]["lines"]
    assert "streak" not in answer
    assert {shown["kind"] for shown in answer["recommendations"]} <= GENTLE_KINDS
    assert not any(shown["explore"] for shown in answer["recommendations"])
    assert (later["support"], later["streak"]["current"]) == (None, 1)


@pytest.mark.parametrize("country", ["GB", "US", "DE", "FR", "IN", "AU"])
async def test_the_country_decides_the_lines(me: Client, client_for: ClientFactory, country: str) -> None:
    """Whoever says where they live is given the lines of that country."""
    await profile_set(client_for, me, country=country)

    support = (await checked_in(me, note=CRISIS))["support"]

    assert {line["country"] for line in support["lines"]} == {country}


@pytest.mark.parametrize("country", [None, "AQ"])
async def test_without_a_known_country_there_is_a_directory(
    me: Client, client_for: ClientFactory, country: str | None
) -> None:
    """Nobody is left without an answer: a directory of all countries, at an address that opens."""
    await profile_set(client_for, me, country=country)

    support = (await checked_in(me, note=CRISIS))["support"]

    assert all(line["url"].startswith("https://") for line in support["lines"])


async def test_support_comes_again_with_an_entry_sent_again(me: Client) -> None:
    """The answer that got lost on the way is the one that matters most."""
    draft = {"id": "0190a7b2-0000-7000-8000-000000000001", "mood": "hopeless", "intensity": 10, "note": CRISIS}
    first = await checked_in(me, **draft)

    again = (await me.post("/", json=draft)).json()

    assert again["support"] == first["support"]
    assert "streak" not in again


async def test_a_note_added_later_is_read_as_well(me: Client) -> None:
    """An edit is answered with support when its note speaks of danger, and without when it does not."""
    entry = await checked_in(me)

    worse = (await me.patch(f"/{entry['mood_id']}", json={"note": CRISIS})).json()
    other = (await me.patch(f"/{entry['mood_id']}", json={"note": "A walk by the river."})).json()

    assert worse["support"]["lines"]
    assert other["support"] is None


async def test_one_note_of_danger_in_a_queue_is_enough(me: Client) -> None:
    """A queue of entries made offline is answered with support if any of them speaks of danger."""
    calm = {"mood": "calm", "intensity": 4, "note": "Tea."}

    quiet = await me.post("/batch", json={"entries": [calm]})
    loud = await me.post("/batch", json={"entries": [calm, {"mood": "hopeless", "intensity": 9, "note": CRISIS}, calm]})

    assert quiet.json()["support"] is None
    assert loud.json()["support"]["lines"]


async def test_everyday_words_change_nothing(me: Client) -> None:
    """A figure of speech is no danger: the answer is the usual one."""
    answer = await checked_in(me, note="This traffic is killing me, and I could murder a pizza.")

    assert answer["support"] is None
    assert answer["streak"]["current"] == 1
