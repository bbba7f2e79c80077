"""GET and PUT /account/consents: what a person agrees to, by purpose."""

import re
from datetime import date

import pytest

from functions.account.consents.texts import PURPOSES, versions
from shared.ages import age_of_consent, ages
from tests.conftest import Client, ClientFactory, Clone, sign_up

VERSION = versions()["insights"].isoformat()
OLD = "2026-01-01"
GDPR_STATES = {*re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEISITLILTLULVMTNLNOPLPTROSESISK")}
HISTORY = "SELECT purpose, granted, version::text FROM public.consents WHERE user_id = %s ORDER BY number"
EVENTS = "SELECT data ->> 'purpose' FROM mend.outbox WHERE user_id = %s AND type = 'consent.changed' ORDER BY id"


@pytest.fixture
def newcomer(client_for: ClientFactory, database: Clone) -> Client:
    """A person who has not decided."""
    return client_for("account", sign_up(database))


async def consent_of(client: Client, purpose: str) -> dict[str, object]:
    answer = (await client.get("/consents")).json()
    [consent] = [each for each in answer["consents"] if each["purpose"] == purpose]
    return dict(consent)


async def test_everybody_is_asked_about_every_purpose(newcomer: Client) -> None:
    """Until they decide, only the purposes are on that the app asks about at sign-up."""
    answer = (await newcomer.get("/consents")).json()

    assert [each["purpose"] for each in answer["consents"]] == list(PURPOSES)
    assert {(each["needed"], each["decided_at"]) for each in answer["consents"]} == {(True, None)}
    assert [each["purpose"] for each in answer["consents"] if not each["granted"]] == [
        "ai",
        "ai_lookups",
        "analytics",
        "safety_review",
    ]
    assert [each["purpose"] for each in answer["consents"] if each["required"]] == ["service"]


async def test_a_project_may_wait_for_a_recorded_decision(newcomer: Client, database: Clone) -> None:
    """Then nothing is on before it."""
    asked_at_sign_up = """
        UPDATE mend.consent_purposes SET asked_at_sign_up = %s
        WHERE purpose NOT IN ('ai', 'ai_lookups', 'analytics', 'safety_review')
    """
    with database.admin() as conn:
        conn.execute(asked_at_sign_up, (False,))
        answer = (await newcomer.get("/consents")).json()
        conn.execute(asked_at_sign_up, (True,))

    assert not any(each["granted"] for each in answer["consents"])


async def test_a_decision_is_kept_with_its_version_and_time(newcomer: Client, database: Clone) -> None:
    """Each decision is a row of its own; a repetition adds none."""
    for granted in (True, True, False):
        answer = await newcomer.put("/consents/insights", json={"granted": granted, "version": VERSION})
        assert answer.status_code == 200

    assert database.rows(HISTORY, newcomer.person) == [("insights", True, VERSION), ("insights", False, VERSION)]
    assert database.rows(EVENTS, newcomer.person) == [("insights",), ("insights",)]
    consent = await consent_of(newcomer, "insights")
    assert (consent["granted"], consent["needed"], consent["decided_version"]) == (False, False, VERSION)
    assert consent["decided_at"]


async def test_an_agreement_to_an_old_text_is_refused(newcomer: Client, database: Clone) -> None:
    """The answer names the present version. To withdraw, any version will do."""
    refused = await newcomer.put("/consents/insights", json={"granted": True, "version": OLD})
    withdrawn = await newcomer.put("/consents/insights", json={"granted": False, "version": OLD})

    assert (refused.status_code, refused.json()["code"]) == (409, "consent_text_changed")
    assert VERSION in refused.json()["detail"]
    assert withdrawn.status_code == 200
    assert database.rows(HISTORY, newcomer.person) == [("insights", False, VERSION)]


async def test_a_new_text_asks_everybody_anew(newcomer: Client, database: Clone) -> None:
    """An agreement to the text before holds on, unless the use of data has changed: then it ends at once."""
    with database.admin() as conn:
        conn.execute("UPDATE mend.consent_purposes SET valid_since = %s", (OLD,))
        conn.execute(
            "INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)"
            " VALUES (%s, 'insights', true, %s, now())",
            (newcomer.person, OLD),
        )
        of_old_text = await consent_of(newcomer, "insights")
        conn.execute("UPDATE mend.consent_purposes SET valid_since = %s", (VERSION,))
    of_old_use = await consent_of(newcomer, "insights")

    assert (of_old_text["granted"], of_old_text["needed"]) == (True, True)
    assert (of_old_use["granted"], of_old_use["needed"]) == (False, True)


async def test_the_service_itself_cannot_be_switched_off(newcomer: Client) -> None:
    """Whoever withdraws it is told to delete the account."""
    answer = await newcomer.put("/consents/service", json={"granted": False, "version": VERSION})

    assert (answer.status_code, answer.json()["code"]) == (409, "service_needed")
    assert "DELETE /account/" in answer.json()["detail"]


@pytest.mark.parametrize("purpose", ["advertising", "INSIGHTS", "%00", "x" * 300])
async def test_an_unknown_purpose_is_not_found(newcomer: Client, purpose: str) -> None:
    """Nothing is stored for it."""
    answer = await newcomer.put(f"/consents/{purpose}", json={"granted": True, "version": VERSION})

    assert answer.status_code == 404


@pytest.mark.parametrize("body", [{}, {"granted": True}, {"granted": "yes", "version": VERSION}, {"version": "soon"}])
async def test_a_decision_says_what_was_decided_about_which_text(newcomer: Client, body: dict[str, object]) -> None:
    """Otherwise it proves nothing."""
    assert (await newcomer.put("/consents/insights", json=body)).status_code == 422


async def test_texts_are_in_the_language_of_the_person(newcomer: Client) -> None:
    """English, where we have none in it."""
    titles = []
    for locale in ("de-AT", "en", "pt"):
        await newcomer.patch("/profile", json={"locale": locale})
        titles.append((await consent_of(newcomer, "messages"))["title"])

    assert titles == ["Nachrichten", "Messages", "Messages"]


@pytest.mark.parametrize(
    ("country", "age"), [("DE", 16), ("AT", 14), ("GB", 13), ("US", 13), ("KR", 14), ("JM", 16), (None, 16)]
)
async def test_the_age_of_consent_is_that_of_the_country(newcomer: Client, country: str | None, age: int) -> None:
    """Without a law that we know of, it is that of the GDPR."""
    await newcomer.patch("/profile", json={"country": country})

    assert (await newcomer.get("/consents")).json()["age_of_consent"] == age == age_of_consent(country)


def test_every_state_of_the_gdpr_has_an_age_that_it_allows() -> None:
    """Its 30 states may choose from 13 to 16. Each entry names its law."""
    assert len(GDPR_STATES) == 30
    assert ages().keys() >= GDPR_STATES
    assert {ages()[country]["age"] for country in GDPR_STATES} <= {13, 14, 15, 16}
    assert all(entry["law"] for entry in ages().values())


def test_the_database_and_the_texts_know_the_same_purposes(database: Clone) -> None:
    """No text is older than the use that it describes."""
    valid_since: dict[str, date] = dict(database.rows("SELECT purpose, valid_since FROM mend.consent_purposes"))

    assert valid_since.keys() == versions().keys()
    assert [purpose for purpose, version in versions().items() if version < valid_since[purpose]] == []
