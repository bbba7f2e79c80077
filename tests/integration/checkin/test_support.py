"""Answers to a person in danger: help lines, gentle recommendations, no streak and no game words."""

import json
import re

import pytest

from shared.clock import utc_now
from shared.ranking.eligibility import GENTLE_EFFORT, GENTLE_KINDS
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.checkin.diary import checked_in, days_before, profile_set

OPEN_CARE_PERIOD = """
    INSERT INTO public.care_periods (user_id, grade, opened_at, ends_at) VALUES (%s, 'explicit', now(), 'infinity')
"""
CRISIS = "I want to kill myself."
GAME_WORDS = re.compile(
    r"\b(streaks?|badges?|rewards?|trophy|trophies|xp|leaderboards?|level up|longest)\b", re.IGNORECASE
)


async def test_a_note_of_danger_is_answered_with_support(me: Client, client_for: ClientFactory) -> None:
    """A message, at least one help line, and the emergency number."""
    await profile_set(client_for, me, country="GB")
    answer = await checked_in(me, mood="hopeless", intensity=10, note=CRISIS)

    support = answer["support"]
    assert support["emergency_number"] in support["message"]
    assert support["lines"]
    assert all({"phone", "text", "url"} & line.keys() and line["name"] for line in support["lines"])


async def test_in_danger_there_are_no_game_words(me: Client) -> None:
    """The answer contains neither the streak nor any game word."""
    for moment in days_before(utc_now(), 2, 1):
        await checked_in(me, occurred_at=moment)

    answer = await checked_in(me, mood="hopeless", intensity=10, note=CRISIS)

    assert "streak" not in answer
    assert GAME_WORDS.findall(json.dumps(answer)) == []


@pytest.mark.parametrize("mood", ["hopeless", "angry", "happy", "exhausted"])
async def test_in_danger_all_recommendations_are_gentle(me: Client, database: Clone, mood: str) -> None:
    """There are five, each of a gentle kind and little effort, with any mood."""
    answer = await checked_in(me, mood=mood, intensity=10, note=CRISIS)

    ids = [item["content_id"] for item in answer["recommendations"]]
    contents = database.rows("SELECT kind, effort FROM content WHERE id = ANY(%s::uuid[])", ids)
    assert len(contents) == 5
    assert {kind for kind, _ in contents} <= GENTLE_KINDS
    assert max(effort for _, effort in contents) <= GENTLE_EFFORT


async def test_check_ins_within_the_care_period_are_gentle(me: Client, database: Clone) -> None:
    """A check-in without words also gets support and gentle recommendations, until the period ends."""
    with database.admin() as conn:
        conn.execute(OPEN_CARE_PERIOD, (me.person,))

    answer = await checked_in(me, mood="angry")
    with database.admin() as conn:
        conn.execute("UPDATE public.care_periods SET ends_at = '-infinity'")
    later = await checked_in(me, mood="angry")

    assert answer["support"]["lines"]
    assert "streak" not in answer
    assert {item["kind"] for item in answer["recommendations"]} <= GENTLE_KINDS
    assert not any(item["explore"] for item in answer["recommendations"])
    assert (later["support"], later["streak"]["current"]) == (None, 1)


@pytest.mark.parametrize("country", ["GB", "US", "DE", "FR", "IN", "AU"])
async def test_the_country_decides_the_lines(me: Client, client_for: ClientFactory, country: str) -> None:
    """The help lines are those of the country in the profile."""
    await profile_set(client_for, me, country=country)

    support = (await checked_in(me, note=CRISIS))["support"]

    assert {line["country"] for line in support["lines"]} == {country}


@pytest.mark.parametrize("country", [None, "AQ"])
async def test_without_a_known_country_there_is_a_directory(
    me: Client, client_for: ClientFactory, country: str | None
) -> None:
    """The lines are then international directories with web addresses."""
    await profile_set(client_for, me, country=country)

    support = (await checked_in(me, note=CRISIS))["support"]

    assert support["lines"]
    assert all(line["url"].startswith("https://") for line in support["lines"])


async def test_a_repeated_check_in_has_support_again(me: Client) -> None:
    """The first answer may have been lost."""
    draft = {"id": "0190a7b2-0000-7000-8000-000000000001", "mood": "hopeless", "intensity": 10, "note": CRISIS}
    first = await checked_in(me, **draft)

    repeated = (await me.post("/", json=draft)).json()

    assert repeated["support"]["lines"] == first["support"]["lines"]
    assert "streak" not in repeated


async def test_a_changed_note_is_assessed(me: Client) -> None:
    """A PATCH gets support if its note tells of danger, and none otherwise."""
    entry = await checked_in(me)

    with_danger = (await me.patch(f"/{entry['mood_id']}", json={"note": CRISIS})).json()
    without_danger = (await me.patch(f"/{entry['mood_id']}", json={"note": "A walk by the river."})).json()

    assert with_danger["support"]["lines"]
    assert without_danger["support"] is None


async def test_a_batch_with_one_note_of_danger_gets_support(me: Client) -> None:
    """The answer has support if any entry tells of danger."""
    calm = {"mood": "calm", "intensity": 4, "note": "Tea."}

    without_danger = await me.post("/batch", json={"entries": [calm]})
    with_danger = await me.post(
        "/batch", json={"entries": [calm, {"mood": "hopeless", "intensity": 9, "note": CRISIS}, calm]}
    )

    assert without_danger.json()["support"] is None
    assert with_danger.json()["support"]["lines"]


async def test_a_figure_of_speech_is_no_danger(me: Client) -> None:
    """The answer has no support and contains the streak."""
    answer = await checked_in(me, note="This traffic is killing me, and I could murder a pizza.")

    assert answer["support"] is None
    assert answer["streak"]["current"] == 1
