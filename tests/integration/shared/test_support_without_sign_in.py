"""Requests whose token is missing or no longer valid: support without any record."""

from uuid import UUID, uuid4

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, ClockMover, Clone, Issuer
from tests.integration.shared.test_support import CHECK_IN, DANGER, LISTS


def expired(issuer: Issuer, person: UUID) -> dict[str, str]:
    """The headers of an app that was not opened for a day."""
    yesterday = int(utc_now().timestamp()) - 86_400
    token = issuer.token(person, iat=yesterday, exp=yesterday + 3_600)
    return {"Authorization": f"Bearer {token}", "Accept-Language": "de-AT"}


async def test_an_expired_token_is_refused_with_support(me: Client, issuer: Issuer, database: Clone) -> None:
    """In the language of the device. Nothing is recorded."""
    refused = await me.post("/", json=CHECK_IN | {"note": DANGER}, headers=expired(issuer, me.person))
    searched = await me.get("/", params={"from": DANGER}, headers=expired(issuer, me.person))

    for response in (refused, searched):
        assert (response.status_code, response.json()["code"]) == (401, "token_expired")
        assert {line["country"] for line in response.json()["support"]["lines"]} == {"AT"}
    assert database.rows("SELECT FROM mend.support_shown WHERE user_id = %s", me.person) == []
    assert database.rows("SELECT FROM public.care_periods WHERE user_id = %s", me.person) == []


async def test_a_refused_token_tells_nothing_about_a_person(
    me: Client, issuer: Issuer, client_for: ClientFactory
) -> None:
    """The support is the same for a person with a profile and a safety plan, and for nobody."""
    account = client_for("account", me.person)
    await account.patch("/profile", json={"country": "NZ", "locale": "fr"})
    await account.put("/safety-plan", json={name: [] for name in LISTS} | {"signs": ["no sleep"]})

    answers = [
        await me.post("/", json={"note": DANGER}, headers=expired(issuer, person)) for person in (me.person, uuid4())
    ]

    assert answers[0].json()["support"] == answers[1].json()["support"]
    assert answers[0].json()["support"]["safety_plan"] is False


async def test_strangers_cost_little(client_for: ClientFactory, move_clock: ClockMover) -> None:
    """Of an address, thirty requests a minute are read, and of each 16 KiB."""
    now = utc_now()
    move_clock(now.replace(second=0) - now)
    long, stranger = client_for(signed_in=False), client_for(signed_in=False)

    unread = await long.post("/", json=CHECK_IN | {"note": DANGER, "factors": ["x" * 17_000]})
    answers = [(await stranger.post("/", json={"note": DANGER})).json() for _ in range(31)]

    assert (unread.status_code, "support" in unread.json()) == (401, False)
    assert ["support" in answer for answer in answers] == [True] * 29 + [False] * 2
