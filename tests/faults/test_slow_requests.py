"""Slow requests of one caller hold two connections, and do not slow down anybody else."""

import asyncio
from datetime import timedelta

import pytest

from functions.notify import unsubscribe_links
from shared.clock import utc_now
from shared.request_permits import HEAVY_PERMITS, PERMITS, RequestPermits
from shared.services import Services
from shared.settings import Settings
from tests.conftest import ClientFactory, Clone
from tests.faults.conftest import Intruder
from tests.faults.postgres_state import CONNECTED, DRAFT, LOCK_COUNTS, WAITING, let_wait
from tests.faults.serving import until

AT_ONCE = 16
DIARY, CSV = b"full_date,time,mood\n2026-01-01,10:00,good\n", {"Content-Type": "text/csv"}
POOL = 4
HITS = "SELECT sum(hits) FROM mend.rate_limits"


@pytest.fixture
def settings(settings: Settings, database: Clone) -> Settings:
    let_wait(database)
    return settings.model_copy(update={"pool_size": POOL})


@pytest.fixture
def impatient(services: Services) -> None:
    """A request that finds no free permit is refused without waiting."""
    vars(services)["request_permits"] = RequestPermits(wait_seconds=0)


async def test_others_are_answered_while_one_person_has_sixteen_slow_requests(
    client_for: ClientFactory, database: Clone, intruder: Intruder
) -> None:
    """Two of them hold a connection, the others wait without one, and all are answered in the end."""
    slow, other = client_for(), client_for()
    await slow.post("/", json=DRAFT)
    await intruder.execute(LOCK_COUNTS, (slow.person,))
    requests = [asyncio.create_task(slow.post("/", json=DRAFT)) for _ in range(AT_ONCE)]
    await until(lambda: database.value(WAITING) == PERMITS)

    answers = await asyncio.gather(*(other.get("/streak") for _ in range(8)))
    held = database.value(CONNECTED + " AND state <> 'idle'")
    await intruder.rollback()

    assert [answer.status_code for answer in answers] == [200] * 8
    assert held == PERMITS
    assert {answer.status_code for answer in await asyncio.gather(*requests)} == {201}


async def test_a_person_runs_one_heavy_request_at_a_time(client_for: ClientFactory, services: Services) -> None:
    """A second export or import is refused until the first one has been sent; those of others are not affected."""
    me, other = client_for(), client_for()
    vars(services)["heavy_permits"] = RequestPermits(wait_seconds=0, permits=HEAVY_PERMITS)
    async with services.heavy_permits.hold(str(me.person)):
        refused = [await me.get("/export.csv"), await me.post("/import", content=DIARY, headers=CSV)]
        others = await other.get("/export.csv")

    afterwards = [await me.get("/export.csv"), await me.post("/import", content=DIARY, headers=CSV)]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(429, "too_many_at_once")] * 2
    assert [answer.status_code for answer in (others, *afterwards)] == [200] * 3


@pytest.mark.usefixtures("impatient")
async def test_what_finds_no_slot_in_time_is_refused_uncounted(
    client_for: ClientFactory, database: Clone, intruder: Intruder
) -> None:
    """It gets a 429 that says why and when to try again. It has used no connection, so it is not counted."""
    me = client_for()
    await me.post("/", json=DRAFT)
    await intruder.execute(LOCK_COUNTS, (me.person,))
    running = [asyncio.create_task(me.post("/", json=DRAFT)) for _ in range(PERMITS)]
    await until(lambda: database.value(WAITING) == PERMITS)

    refused = [await me.post("/", json=DRAFT), await me.get("/"), await me.post("/", json={})]
    await intruder.rollback()
    done = await asyncio.gather(*running)

    assert [answer.status_code for answer in refused] == [429, 429, 429]
    assert {answer.json()["code"] for answer in refused} == {"too_many_at_once"}
    assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
    assert not any("RateLimit-Remaining" in answer.headers for answer in refused)
    assert [answer.status_code for answer in done] == [201] * PERMITS
    assert database.value(HITS) == 1 + PERMITS
    assert database.value("SELECT count(*) FROM public.mood_entries") == 1 + PERMITS


async def test_a_request_does_not_wait_for_the_count_of_a_slow_one(
    client_for: ClientFactory, database: Clone, intruder: Intruder
) -> None:
    """The row of the counter is free again when the request is counted, not when its transaction ends."""
    me = client_for()
    await me.post("/", json=DRAFT)
    await intruder.execute(LOCK_COUNTS, (me.person,))
    slow = asyncio.create_task(me.post("/", json=DRAFT))
    await until(lambda: database.value(WAITING) == 1)

    answer = await asyncio.wait_for(me.get("/"), 30)
    counted = database.value(HITS)
    await intruder.rollback()

    assert answer.status_code == 200
    assert counted == 3
    assert (await slow).status_code == 201


@pytest.mark.usefixtures("impatient")
async def test_requests_without_sign_in_share_the_slots_of_their_address(
    client_for: ClientFactory, services: Services, database: Clone, intruder: Intruder
) -> None:
    """A third one is refused while two run. The health check needs no permit."""
    nobody, me = client_for("notify", signed_in=False), client_for("notify")
    in_a_day = utc_now() + timedelta(days=1)
    token = unsubscribe_links.sign(services.settings, me.person, "email", in_a_day).rpartition("/")[2]
    link = f"/unsubscribe/{token}"
    await intruder.execute("LOCK TABLE public.notification_settings IN ACCESS EXCLUSIVE MODE")
    running = [asyncio.create_task(nobody.post(link)) for _ in range(PERMITS)]
    await until(lambda: database.value(WAITING) == PERMITS)

    refused, health, mine = await nobody.post(link), await nobody.get("/health"), await me.get("/inbox")
    await intruder.rollback()

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
    assert (health.status_code, mine.status_code) == (200, 200)
    assert [answer.status_code for answer in await asyncio.gather(*running)] == [200] * PERMITS
