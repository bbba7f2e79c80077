"""Errors speak a person's language: that of the profile, or of the device where there is none."""

from uuid import UUID

import httpx
import pytest

from functions.account.consents.texts import versions
from tests.conftest import Client, ClientFactory
from tests.integration.plan.plans import SAD_TO_PEACEFUL, create_plan

GERMAN = {"Accept-Language": "de-DE,de;q=0.9"}
STIMMUNGEN = "muss eine der Stimmungen sein, die GET /checkin/moods nennt"
AHEAD = "darf höchstens 5 Minuten in der Zukunft liegen"
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
    assert messages(unpleasant) == ["muss eine angenehme Stimmung sein, wie `calm`"]
    assert far.json()["detail"] == "Für so wenige Tage ist das Ziel zu weit weg."
    assert messages(far) == ["Dafür braucht es 6 Tage oder mehr.", "Diese Tage können führen bis: „ganz okay“."]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"mood": "sad", "intensity": 11}, "darf höchstens 10 sein"),
        ({"mood": "sad"}, "fehlt"),
        ({"mood": "sad", "intensity": "7"}, "muss eine ganze Zahl ohne Anführungszeichen sein, wie 7"),
        ({"mood": "sad", "intensity": 7, "factors": ["x"] * 31}, "darf höchstens 30 Einträge haben"),
        ({"mood": "sadd", "intensity": 7}, f"{STIMMUNGEN}. Meintest du `sad`?"),
        ({"mood": "sad", "intensity": 7, "factor": []}, "Unbekannt. Meintest du `factors`?"),
        ({"mood": "sad", "intensity": 7, "occurred_at": "2100-01-01T08:00:00Z"}, AHEAD),
    ],
)
async def test_faults_of_fields_are_told_in_one_language(
    client_for: ClientFactory, body: dict[str, object], message: str
) -> None:
    """The names and values of the API stay as they are sent."""
    refused = await client_for().post("/", json=body, headers=GERMAN)

    assert messages(refused) == [message]


async def test_faults_in_a_batch_are_told_in_the_same_language(client_for: ClientFactory) -> None:
    """Of check-ins and of interactions, by the profile or the device."""
    entry, unknown = {"mood": "sad", "intensity": 0}, {"content_id": str(UUID(int=7)), "kind": "like"}

    check_ins = (await client_for().post("/batch", json={"entries": [entry]}, headers=GERMAN)).json()
    interactions = await client_for("recommend").post(
        "/interactions/batch", json={"entries": [{}, unknown]}, headers=GERMAN
    )

    faults = [fault["msg"] for result in interactions.json()["results"] for fault in result["errors"]]
    assert check_ins["results"][0]["errors"] == [{"loc": ["entries", 0, "intensity"], "msg": "muss mindestens 1 sein"}]
    assert faults == ["fehlt", "fehlt", "Diesen Inhalt gibt es nicht."]


async def test_a_missing_consent_is_named(client_for: ClientFactory) -> None:
    """In `purpose` for an app, whatever the language, and by its title for a person who reads German."""
    me = client_for("insights")
    no = {"granted": False, "version": versions()["insights"].isoformat()}
    await client_for("account", me.person).put("/consents/insights", json=no)

    german, english = await me.get("/summary", headers=GERMAN), await me.get("/summary")

    assert [answer.json()["purpose"] for answer in (german, english)] == ["insights"] * 2
    assert "Einwilligung „Erkenntnisse“" in german.json()["detail"]
    assert "/account/consents/insights" in english.json()["detail"]
