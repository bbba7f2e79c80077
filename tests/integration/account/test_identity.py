"""GET /account/me, GET /account/sessions and DELETE /account/sessions/{id}."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, Clone, sign_up

INSERT_SESSION = """
    INSERT INTO auth.sessions (id, user_id, created_at, updated_at, user_agent, ip) VALUES (%s, %s, %s, %s, %s, %s)
"""


def begin_session(database: Clone, person: UUID, *, hours_ago: int = 0) -> UUID:
    session, at = uuid4(), utc_now() - timedelta(hours=hours_ago)
    with database.admin() as conn:
        conn.execute(INSERT_SESSION, (session, person, at, at, f"App of {hours_ago} hours ago", "203.0.113.7"))
    return session


def device_of(client_for: ClientFactory, database: Clone, person: UUID, function: str = "account") -> Client:
    """A client with a session of its own."""
    return client_for(function, person, session_id=str(begin_session(database, person)))


@pytest.fixture
def account(client_for: ClientFactory) -> Client:
    return client_for("account")


def error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_a_new_person_sees_their_account(account: Client, database: Clone) -> None:
    """It says who they are, how they sign in, and which step of the beginning is next."""
    database.rows(
        'UPDATE auth.users SET email_confirmed_at = now(), raw_app_meta_data = \'{"providers": ["email", "google"]}\''
        " WHERE id = %s RETURNING id",
        account.person,
    )

    me = (await account.get("/me")).json()

    assert me["last_seen_at"] >= me.pop("created_at")
    assert me["onboarding"]["done"][-1] == "sign_up"
    assert (me["id"], me["email"], me["email_state"]) == (
        str(account.person),
        f"{account.person}@example.org",
        "confirmed",
    )
    assert (me["is_anonymous"], me["sign_in_methods"], me["age_band"]) == (False, ["email", "google"], None)


async def test_an_anonymous_person_keeps_their_id_when_they_sign_up(account: Client, database: Clone) -> None:
    """Before, they have no address. Afterwards it waits for its confirmation."""
    change = "UPDATE auth.users SET email = %s, is_anonymous = %s::text::boolean WHERE id = %s RETURNING id"
    database.rows(change, None, "true", account.person)
    before = (await account.get("/me")).json()

    database.rows(change, "ana@example.org", "false", account.person)
    after = (await account.get("/me")).json()

    assert (before["email"], before["email_state"], before["is_anonymous"]) == (None, "none", True)
    assert (after["email"], after["email_state"], after["is_anonymous"]) == ("ana@example.org", "unconfirmed", False)
    assert before["id"] == after["id"]


async def test_consent_is_the_first_step_until_every_purpose_was_decided(
    client_for: ClientFactory, database: Clone
) -> None:
    """Purposes that are on from sign-up wait for a recorded decision as well. A refusal is one."""
    account, steps = client_for("account", sign_up(database)), []
    for each in (await account.get("/consents")).json()["consents"]:
        steps.append((await account.get("/me")).json()["onboarding"])
        decision = {"granted": each["required"], "version": each["version"]}
        assert (await account.put(f"/consents/{each['purpose']}", json=decision)).status_code == 200

    after = (await account.get("/me")).json()["onboarding"]

    assert {step["next"] for step in steps} == {"consent"}
    assert not any("consent" in step["done"] for step in steps)
    assert (after["done"][0], after["next"]) == ("consent", "profile")


async def test_a_new_text_makes_consent_the_next_step_again(account: Client, database: Clone) -> None:
    """Whoever has agreed to a former text is asked about the present one."""
    for each in (await account.get("/consents")).json()["consents"]:
        await account.put(f"/consents/{each['purpose']}", json={"granted": True, "version": each["version"]})
    before = (await account.get("/me")).json()["onboarding"]

    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)"
            " VALUES (%s, 'messages', true, '2026-01-01', now())",
            (account.person,),
        )
    after = (await account.get("/me")).json()["onboarding"]

    assert ("consent" in before["done"], after["next"]) == (True, "consent")


async def test_the_next_step_of_the_beginning_is_the_first_that_is_not_done(account: Client) -> None:
    """A profile with interests does two steps at once."""
    for each in (await account.get("/consents")).json()["consents"]:
        await account.put(f"/consents/{each['purpose']}", json={"granted": True, "version": each["version"]})
    before = (await account.get("/me")).json()["onboarding"]

    await account.patch("/profile", json={"interests": ["music"], "age_band": "16_to_17"})
    after = (await account.get("/me")).json()

    assert set(after["onboarding"]["done"]) - set(before["done"]) == {"profile", "interests"}
    assert after["onboarding"]["next"] == "check_in"
    assert after["age_band"] == "16_to_17"


async def test_sessions_are_listed_from_the_last_used_on(client_for: ClientFactory, database: Clone) -> None:
    """Each has its device and times. One is that of the request. Sessions of others are not listed."""
    account = client_for("account")
    old = begin_session(database, account.person, hours_ago=30)
    phone = device_of(client_for, database, account.person)
    begin_session(database, client_for("account").person)

    items = (await phone.get("/sessions")).json()["items"]

    assert [(item["id"] == str(old), item["current"]) for item in items] == [(False, True), (True, False)]
    assert (items[1]["user_agent"], items[1]["ip"]) == ("App of 30 hours ago", "203.0.113.7")
    assert items[0]["last_used_at"] > items[1]["last_used_at"]


async def test_a_device_that_was_signed_out_is_refused_at_once(client_for: ClientFactory, database: Clone) -> None:
    """By every function, although its token has not expired. The other devices stay signed in."""
    person = client_for("account").person
    phone, laptop = (device_of(client_for, database, person) for _ in range(2))
    [lost] = [item["id"] for item in (await phone.get("/sessions")).json()["items"] if not item["current"]]
    assert (await laptop.get("/me")).status_code == 200

    ended = await phone.delete(f"/sessions/{lost}")

    assert ended.status_code == 204
    assert error_of(await laptop.get("/me")) == (401, "signed_out")
    assert error_of(await client_for("checkin", person, session_id=lost).get("/")) == (401, "signed_out")
    assert (await laptop.get("/me")).headers["WWW-Authenticate"] == 'Bearer realm="mend", error="invalid_token"'
    assert (await phone.get("/me")).status_code == 200
    assert len((await phone.get("/sessions")).json()["items"]) == 1


async def test_a_person_signs_out_only_sessions_of_their_own(client_for: ClientFactory, database: Clone) -> None:
    """A session of somebody else answers like one that does not exist."""
    stranger = client_for("account").person
    session = begin_session(database, stranger)
    me = device_of(client_for, database, client_for("account").person)

    foreign, absent = await me.delete(f"/sessions/{session}"), await me.delete(f"/sessions/{uuid4()}")

    assert error_of(foreign) == error_of(absent) == (404, "not_found")
    assert (await client_for("account", stranger, session_id=str(session)).get("/me")).status_code == 200


async def test_a_deleted_user_is_refused_at_once(client_for: ClientFactory, database: Clone) -> None:
    """Such as one who was deleted in the dashboard of Supabase."""
    person = client_for("account").person
    phone = device_of(client_for, database, person)
    assert (await phone.get("/me")).status_code == 200

    database.rows("DELETE FROM auth.users WHERE id = %s RETURNING id", person)

    assert error_of(await phone.get("/me")) == (401, "account_erased")


async def test_a_session_id_that_is_no_uuid_is_refused(client_for: ClientFactory) -> None:
    """No issuer of ours signs one."""
    refused = await client_for("account", session_id="x").get("/me")

    assert error_of(refused) == (401, "unauthenticated")
