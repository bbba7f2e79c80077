"""The rate limit per person or address counts the requests to all instances."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from functions.notify import unsubscribe_links
from shared.clock import utc_now
from shared.http import PublicOperation
from shared.services import Services
from shared.settings import Settings
from tests.conftest import APPS, Client, ClientFactory, Clone, Issuer, sign_up
from tests.faults.serving import served

LIMIT = 20
pytestmark = pytest.mark.usefixtures("a_minute_begins")
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate_limit_per_minute": LIMIT, "pool_size": 4})


@pytest.fixture
def instances(settings: Settings, a_minute_begins: None) -> Iterator[list[str]]:
    with served("checkin", settings) as first, served("account", settings) as second:
        yield [f"http://127.0.0.1:{function.address[1]}" for function in (first, second)]


def passed(answers: list[httpx.Response]) -> int:
    return sum(answer.status_code == 200 for answer in answers)


async def test_several_processes_let_exactly_the_limit_pass(
    instances: list[str], database: Clone, issuer: Issuer
) -> None:
    """All processes together let exactly the limit pass. Refused requests have Retry-After."""
    checkin, account = instances
    urls = [f"{checkin}/streak", f"{account}/profile"] * LIMIT
    headers = {"Authorization": f"Bearer {issuer.token(sign_up(database))}"}
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=2)) as http:
        answers = await asyncio.gather(*(http.get(url, headers=headers) for url in urls))

    refused = [answer for answer in answers if answer.status_code == 429]
    assert passed(answers) == LIMIT
    assert len(refused) == len(urls) - LIMIT
    assert all(0 < int(answer.headers["Retry-After"]) <= 60 for answer in refused)
    assert sorted(int(a.headers["RateLimit-Remaining"]) for a in answers if a not in refused) == list(range(LIMIT))


async def test_people_are_counted_apart(client_for: ClientFactory, database: Clone) -> None:
    """Requests of a person do not count for others, nor for callers without sign-in."""
    flooding, calm, nobody = client_for(), client_for(), client_for(signed_in=False)
    await flooding.get("/streak")
    use_up(database, flooding)

    assert (await flooding.get("/streak")).status_code == 429
    assert (await calm.get("/streak")).headers["RateLimit-Remaining"] == str(LIMIT - 1)
    assert (await nobody.get("/moods")).headers["RateLimit-Remaining"] == str(LIMIT - 1)


async def test_a_new_minute_starts_anew(me: Client, database: Clone) -> None:
    """The first request of a minute deletes the count of the minute before."""
    await me.get("/streak")
    use_up(database, me)
    assert (await me.get("/streak")).status_code == 429
    with database.admin() as admin:
        admin.execute("UPDATE mend.rate_limits SET minute = minute - interval '1 minute'")

    answer = await me.get("/streak")

    assert answer.status_code == 200
    assert answer.headers["RateLimit-Remaining"] == str(LIMIT - 1)


async def test_a_refused_request_changes_nothing(me: Client, database: Clone) -> None:
    """The count is the first statement of the transaction, so nothing else runs."""
    await me.get("/streak")
    use_up(database, me)

    assert (await me.post("/", json={"mood": "calm", "intensity": 3})).status_code == 429
    assert database.value("SELECT count(*) FROM public.mood_entries") == 0
    assert database.value("SELECT hits FROM mend.rate_limits") == LIMIT


async def test_a_public_route_is_counted_before_it_acts(
    client_for: ClientFactory, services: Services, database: Clone
) -> None:
    """Over the limit of its address, the link in a mail switches nothing off."""
    nobody, me = client_for("notify", signed_in=False), client_for("notify")
    await nobody.get("/openapi.json")
    with database.admin() as admin:
        admin.execute("UPDATE mend.rate_limits SET hits = %s", (LIMIT,))
    in_a_day = utc_now() + timedelta(days=1)
    token = unsubscribe_links.sign(services.settings, me.person, "email", in_a_day).rpartition("/")[2]

    answer = await nobody.post(f"/unsubscribe/{token}")

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert database.value("SELECT count(*) FROM public.notification_settings") == 0


PICTURE = "recommend /pictures/{kind:str}/{mood:str}.svg"


def test_every_public_route_is_counted_but_those_that_need_no_limit() -> None:
    """The health check is cached, the relay and Stripe prove who they are, and a picture needs no database."""
    uncounted = {
        f"{name} {operation.path}"
        for name, api in APPS.items()
        for operation in api.operations
        if isinstance(operation, PublicOperation) and not operation.counted
    }

    assert uncounted == {*(f"{name} /health" for name in APPS), "relay /", "premium /stripe", PICTURE}


async def test_every_answer_tells_what_is_left(client_for: ClientFactory, me: Client, database: Clone) -> None:
    """Refused requests count and have the headers as well."""
    nobody = client_for(signed_in=False)
    answers = {
        200: await me.get("/streak"),
        201: await me.post("/", json={"mood": "calm", "intensity": 3}),
        400: await me.post("/", content=b"{", headers={"Content-Type": "application/json"}),
        401: await nobody.get("/streak"),
        404: await me.get(f"/{uuid4()}"),
        405: await me.put("/"),
        415: await me.post("/", content=b"x", headers={"Content-Type": "text/plain"}),
        422: await me.post("/", json={"mood": "calm", "intensity": 11}),
    }
    use_up(database, me)
    answers[429] = await me.get("/streak")

    assert {status: answer.status_code for status, answer in answers.items()} == {status: status for status in answers}
    for answer in answers.values():
        limit, remaining, reset = (int(answer.headers[name]) for name in HEADERS)
        assert limit == LIMIT
        assert 0 <= remaining < LIMIT
        assert 0 < reset <= 60
    counted = [int(answers[status].headers["RateLimit-Remaining"]) for status in (200, 201, 400, 404, 415, 422)]
    assert counted == list(range(LIMIT - 1, LIMIT - 7, -1))


def use_up(database: Clone, person: Client) -> None:
    """Uses up all requests of this minute."""
    with database.admin() as admin:
        admin.execute("UPDATE mend.rate_limits SET hits = %s WHERE caller = %s", (LIMIT, str(person.person)))
