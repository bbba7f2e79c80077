"""Errors speak a person's language: that of the profile, or of the device where there is none."""

import httpx
import pytest

from tests.conftest import Client, ClientFactory
from tests.integration.plan.plans import SAD_TO_PEACEFUL, create_plan

GERMAN = {"Accept-Language": "de-DE,de;q=0.9"}
A_PLAN_RUNS = "Du hast schon einen laufenden Plan. Pausiere oder beende ihn zuerst."


@pytest.fixture
def plan(client_for: ClientFactory) -> Client:
    return client_for("plan")


async def speak_german(client_for: ClientFactory, client: Client) -> None:
    await client_for("account", client.person).patch("/profile", json={"locale": "de-AT"})


def messages(response: httpx.Response) -> list[str]:
    return [error["msg"] for error in response.json()["errors"]]


async def test_a_refusal_is_told_in_the_language_of_the_profile(plan: Client, client_for: ClientFactory) -> None:
    """The sentence changes, and title and code stay what an app reads."""
    await create_plan(plan)
    await speak_german(client_for, plan)

    refused = (await plan.post("/", json=SAD_TO_PEACEFUL)).json()

    assert refused["detail"] == A_PLAN_RUNS
    assert (refused["title"], refused["code"]) == ("Plan active", "plan_active")


async def test_without_a_profile_the_device_decides(plan: Client) -> None:
    """The header Accept-Language, or English without it."""
    await create_plan(plan)

    german = await plan.post("/", json=SAD_TO_PEACEFUL, headers=GERMAN)
    english = await plan.post("/", json=SAD_TO_PEACEFUL)

    assert german.json()["detail"] == A_PLAN_RUNS
    assert english.json()["detail"] == "There is an active plan already. Pause it or end it first."


async def test_faults_are_told_with_their_values(plan: Client, client_for: ClientFactory) -> None:
    """Moods have the names that the person reads elsewhere."""
    await speak_german(client_for, plan)

    unpleasant = await plan.post("/", json={"current": "okay", "target": "sad"})
    far = await plan.post("/", json={"current": "hopeless", "target": "excited", "duration": 3})

    assert unpleasant.json()["detail"] == "Ein Teil der Angaben stimmt nicht."
    assert messages(unpleasant) == ["Ein Plan führt zu einer angenehmen Stimmung."]
    assert far.json()["detail"] == "Für so wenige Tage ist das Ziel zu weit weg."
    assert messages(far) == ["Dafür braucht es 6 Tage oder mehr.", "Diese Tage können führen bis: „ganz okay“."]


async def test_what_is_said_to_engineers_stays_english(plan: Client, client_for: ClientFactory) -> None:
    """A fault of validation names fields and formats of the API."""
    await speak_german(client_for, plan)

    refused = await plan.post("/", json={"target": "peaceful", "duration": "long"})

    assert messages(refused) == ["must be a whole number without quotes, like 7"]
