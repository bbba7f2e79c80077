"""GET /account/guides/worried-about-someone, and how it is found."""

import json
import re

import pytest

from functions.account.safety_plan_texts import SAFETY_PLAN_TEXTS
from shared.safety.guide import GUIDE_TEXTS, guide, is_searched
from tests.conftest import ClientFactory

GUIDE = "/guides/worried-about-someone"


@pytest.mark.parametrize("language", GUIDE_TEXTS.by_code)
def test_every_step_is_reached_and_leads_on(language: str) -> None:
    """From the first step, choices lead to all others. The last one has none."""
    steps = {step.id: step for step in guide(None, language).steps}
    reached, waiting = set[str](), ["start"]
    while waiting:
        step = waiting.pop()
        if step not in reached:
            reached.add(step)
            waiting += [choice.next for choice in steps[step].choices]

    assert next(iter(steps)) == "start"
    assert reached == steps.keys()
    assert [step.id for step in steps.values() if not step.choices] == ["yourself"]


def test_both_languages_have_the_same_flow() -> None:
    """The same steps, in the same order, with the same choices. Files and texts of the account agree on languages."""
    flows = [
        [(step.id, [choice.next for choice in step.choices]) for step in guide(None, language).steps]
        for language in GUIDE_TEXTS.by_code
    ]

    assert flows[0] == flows[1]
    assert GUIDE_TEXTS.by_code.keys() == SAFETY_PLAN_TEXTS.by_code.keys()


@pytest.mark.parametrize("language", GUIDE_TEXTS.by_code)
def test_the_guide_is_calm_and_names_the_number(language: str) -> None:
    """It has no exclamation mark. In danger, it names the number to call."""
    texts = {step.id: step.text for step in guide("GB", language).steps}

    assert not re.search("[!{}]", json.dumps([*texts.values()]))
    assert "999" in texts["danger"]
    assert "999" in texts["unreachable"]


async def test_the_guide_has_the_language_and_the_lines_of_the_profile(client_for: ClientFactory) -> None:
    """The device's language decides if there is no guide in that of the profile."""
    account = client_for("account")
    await account.patch("/profile", json={"country": "DE", "locale": "fr"})

    answer = (await account.get(GUIDE, headers={"Accept-Language": "de-DE, en"})).json()

    assert (answer["language"], answer["emergency_number"]) == ("de", "112")
    assert {line["country"] for line in answer["lines"]} == {"DE"}


async def test_worry_about_someone_is_answered_with_the_guide(client_for: ClientFactory) -> None:
    """Words about the person themselves are not."""
    checkin = client_for()
    notes = ["I am afraid my friend will kill himself", "everyone would be better off without me"]

    guides = [
        (await checkin.post("/", json={"mood": "sad", "intensity": 5, "note": note})).json()["support"]["guide"]
        for note in notes
    ]

    assert guides == ["worried-about-someone", None]


@pytest.mark.parametrize("query", ["worried about a friend", "how to help someone", "Sorge um meine Schwester"])
async def test_the_guide_is_found_by_search(client_for: ClientFactory, query: str) -> None:
    """In English and German."""
    answer = (await client_for("recommend").get("/content", params={"q": query})).json()

    assert answer["guide"] == "worried-about-someone"


@pytest.mark.parametrize("query", ["worried about my exam", "a song for a friend", "Hilfe beim Einschlafen", "walk"])
def test_other_searches_have_no_guide(query: str) -> None:
    """A search needs a word for worry and one for another person."""
    assert not is_searched(query)
