"""What hangs on a purpose is read and stored only while the person agrees to it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.account.consents.texts import versions
from functions.insights.job.main import consumer as job_consumer
from functions.insights.main import event_consumer as insights_events
from functions.notify.job import reminder_job
from functions.notify.main import event_consumer as notify_events
from functions.plan.main import event_consumer as plan_events
from functions.ranking.main import consumer as ranking_fit
from functions.recommend.main import event_consumer as recommend_events
from infra.seed import CONTENT, read
from shared import consents
from shared.clock import utc_now
from shared.events import Event, tick
from shared.http import Api
from shared.services import services
from tests.conftest import APPS, Client, ClientFactory, Clone, sign_up
from tests.event_delivery import deliver

CONSUMERS = (recommend_events, insights_events, notify_events, plan_events)
LEARNED = ("mend.person_learning", "mend.neighbours")
COMPUTED = ("mend.insight_people", "mend.insight_days", "mend.insight_periods", "public.insights")
PENDING = "SELECT count(*) FROM public.notifications WHERE user_id = %s AND state IN ('planned', 'held')"
FITTED = "SELECT people FROM mend.population_tables ORDER BY version"
OTHERS = """
    SELECT count(*) FROM mend.person_learning
    WHERE uplift_sums IS NOT NULL AND user_id <> %s AND mend.has_consent(user_id, 'personalisation')
"""
CRISIS = "I want to kill myself tonight"


async def decide(client_for: ClientFactory, client: Client, purpose: str, *, granted: bool) -> None:
    version = versions()[purpose].isoformat()  # type: ignore[index] # of the tests
    account = client_for("account", client.person)
    answer = await account.put(f"/consents/{purpose}", json={"granted": granted, "version": version})
    assert answer.status_code == 200, answer.text


async def deliver_events(database: Clone, client: Client) -> None:
    """Deliver every event of the person to every consumer that listens to it."""
    query = "SELECT id, type, user_id, occurred_at, data FROM mend.outbox WHERE user_id = %s ORDER BY occurred_at, id"
    for id_, kind, person, occurred_at, data in database.rows(query, client.person):
        event = Event(id=id_, type=kind, user_id=person, occurred_at=occurred_at, data=data)
        for consumer in CONSUMERS:
            if kind in consumer.listens:
                assert await deliver(consumer, event), (consumer.name, kind)


@contextmanager
def closed(database: Clone, *tables: str) -> Iterator[None]:
    """Nobody may read or write these tables meanwhile: a statement that reaches one of them fails."""
    names = ", ".join(tables)
    with database.admin() as conn:
        granted = conn.execute(
            "SELECT table_schema || '.' || table_name, grantee, privilege_type FROM information_schema.table_privileges"
            " WHERE table_schema || '.' || table_name = ANY(%s) AND grantee IN ('mend_user', 'mend_service')",
            (list(tables),),
        ).fetchall()
        conn.execute(f"REVOKE ALL ON {names} FROM mend_user, mend_service".encode())
        try:
            yield
        finally:
            for table, role, privilege in granted:
                conn.execute(f"GRANT {privilege} ON {table} TO {role}".encode())


def count(database: Clone, client: Client, *tables: str) -> dict[str, int]:
    return {
        table: database.value(f"SELECT count(*) FROM {table} WHERE user_id = %s", client.person)  # noqa: S608
        for table in tables
    }


@pytest.fixture
def newcomer(client_for: ClientFactory, database: Clone) -> Client:
    """A person who has agreed to nothing, with the app open at `checkin`."""
    person = sign_up(database)
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)"
            " SELECT %s, purpose, false, valid_since, now() FROM mend.consent_purposes",
            (person,),
        )
    return client_for("checkin", person)


async def check_in(client: Client, mood: str = "sad", **fields: object) -> dict[str, Any]:
    answer = await client.post("/", json={"mood": mood, "intensity": 6, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def like(client_for: ClientFactory, client: Client) -> None:
    content = str(read(CONTENT)[0]["id"])
    answer = await client_for("recommend", client.person).post(
        "/interactions", json={"content_id": content, "kind": "like"}
    )
    assert answer.status_code == 201, answer.text


async def leave_a_week(client_for: ClientFactory, database: Clone, client: Client) -> None:
    """Entries of a week and a like, with their events handled."""
    for days in range(7, 0, -1):
        moment = (utc_now() - timedelta(days=days)).isoformat()
        await check_in(client, occurred_at=moment, factors=["work"] if days % 2 else ["rest"])
    await like(client_for, client)
    await deliver_events(database, client)


async def test_a_new_person_gets_recommendations_at_once(newcomer: Client, database: Clone) -> None:
    """The first check-in needs no consent but that to the diary, and reads nothing that was learned."""
    with closed(database, *LEARNED, *COMPUTED, "public.user_interactions", "public.notifications"):
        answer = await check_in(newcomer)

    assert len(answer["recommendations"]) == 5


async def test_words_of_danger_are_answered_whatever_a_person_agrees_to(newcomer: Client, database: Clone) -> None:
    """Support is no matter of consent."""
    with closed(database, *LEARNED, *COMPUTED, "public.user_interactions", "public.notifications"):
        answer = await check_in(newcomer, note=CRISIS)

    assert answer["support"]["lines"]


async def test_without_personalisation_nothing_learned_is_read(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Check-ins, feeds and plans rank by mood and profile from the next request on, and nothing is learned."""
    await leave_a_week(client_for, database, me)
    await decide(client_for, me, "personalisation", granted=False)

    with closed(database, *LEARNED, "public.user_interactions"):
        answer = await check_in(me, "anxious")
        feed = await client_for("recommend", me.person).get("/")
        plan = await client_for("plan", me.person).post("/", json={"target": "calm", "duration": 7})

    assert len(answer["recommendations"]) == 5
    assert {term["code"] for item in answer["recommendations"] for term in item["terms"]} & {"uplift", "taste"} == set()
    assert (feed.status_code, plan.status_code) == (200, 201)


async def test_without_personalisation_nothing_is_learned(
    newcomer: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Neither by the request that records a like, nor by the events of entries and likes."""
    with closed(database, *LEARNED):
        await check_in(newcomer)
        await like(client_for, newcomer)
        await deliver_events(database, newcomer)

    assert count(database, newcomer, "mend.person_learning", "public.user_interactions") == {
        "mend.person_learning": 0,
        "public.user_interactions": 1,
    }


async def test_what_was_learned_goes_and_comes_back(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """A withdrawal deletes it by the next job. With a new agreement the same is learned again."""
    query = "SELECT beliefs::text, taste::jsonb -> 'kinds', learned_until FROM mend.person_learning WHERE user_id = %s"
    await leave_a_week(client_for, database, me)
    before = database.rows(query, me.person)
    await decide(client_for, me, "personalisation", granted=False)
    await deliver_events(database, me)
    between = database.rows(query, me.person)
    await decide(client_for, me, "personalisation", granted=True)
    await deliver_events(database, me)

    assert before[0][0]
    assert before[0][1]
    assert between == []
    assert [row[:1] + row[2:] for row in database.rows(query, me.person)] == [row[:1] + row[2:] for row in before]
    assert database.rows(query, me.person)[0][1].keys() == before[0][1].keys()


async def test_the_nightly_fit_leaves_out_who_does_not_agree(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Also before the job that deletes what was learned."""
    await leave_a_week(client_for, database, me)
    await decide(client_for, me, "personalisation", granted=False)
    before = database.rows(FITTED)
    others = database.value(OTHERS, me.person)
    assert await deliver(ranking_fit, tick("schedule.ranking", utc_now()))

    assert count(database, me, "mend.person_learning") == {"mend.person_learning": 1}
    assert database.rows(FITTED)[len(before) :] == ([(others,)] if others else [])


INSIGHTS: Api = APPS["insights"]
QUERIES = {"/compare": "?marker=2026-01-02"}
READS = [
    operation.path
    for operation in INSIGHTS.operations
    if operation.method == "GET" and operation.path not in {"/health", "/openapi.json", "/metrics"}
]


@pytest.mark.parametrize("path", READS)
async def test_without_insights_a_read_says_how_to_turn_them_on(
    me: Client, client_for: ClientFactory, database: Clone, path: str
) -> None:
    """From the next request on, and none of their tables is read."""
    await decide(client_for, me, "insights", granted=False)

    url = path.replace("{id:uuid}", str(me.person)) + QUERIES.get(path, "")
    with closed(database, *COMPUTED, "public.insight_measures", "public.insight_factors", "public.experiments"):
        answer = await client_for("insights", me.person).get(url)

    assert (answer.status_code, answer.json()["code"]) == (403, "consent_needed")
    assert "PUT /account/consents/insights" in answer.json()["detail"]


async def test_without_insights_nothing_is_counted(newcomer: Client, database: Clone) -> None:
    """The events of entries reach none of the tables."""
    with closed(database, *COMPUTED):
        await check_in(newcomer)
        await deliver_events(database, newcomer)

    assert set(count(database, newcomer, *COMPUTED).values()) == {0}


async def test_what_was_computed_goes_and_comes_back(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """A withdrawal deletes it by the next job. What the person entered stays."""
    insights = client_for("insights", me.person)
    await leave_a_week(client_for, database, me)
    measured = await insights.post("/measures", json={"name": "sleep", "value": 7, "date": str(utc_now().date())})
    await deliver(job_consumer, tick("schedule.insights", utc_now()))
    before = count(database, me, *COMPUTED)
    await decide(client_for, me, "insights", granted=False)
    await deliver(job_consumer, tick("schedule.insights", utc_now()))
    await deliver_events(database, me)
    between = count(database, me, *COMPUTED, "public.insight_measures")
    await decide(client_for, me, "insights", granted=True)
    await deliver_events(database, me)

    assert measured.status_code == 204
    assert before["mend.insight_days"] == 7
    assert between == dict.fromkeys(COMPUTED, 0) | {"public.insight_measures": 1}
    assert count(database, me, *COMPUTED) == before


async def test_without_messages_nothing_is_sent(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """What is due before the next job is dropped. Account mail comes in any case."""
    await client_for("notify", me.person).put("/devices/a-phone-of-mine", json={"platform": "ios"})
    due = utc_now() - timedelta(minutes=1)
    with database.admin() as conn:
        for kind in ("plan", "account"):
            conn.execute(
                "INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at)"
                " VALUES (%s, gen_random_uuid(), %s, %s, 'now', %s, %s)",
                (me.person, kind, due.date(), due.time(), due),
            )
    await decide(client_for, me, "messages", granted=False)
    await reminder_job.run(tick("schedule.reminders", utc_now()))

    states = "SELECT kind, state, state_reason FROM public.notifications WHERE user_id = %s ORDER BY kind"
    [account, plan] = database.rows(states, me.person)
    assert plan == ("plan", "dropped", "no_consent")
    assert account[2] != "no_consent"
    assert database.value("SELECT count(*) FROM local.pushes WHERE token = 'a-phone-of-mine'") == 0


async def test_what_was_planned_goes_and_comes_back(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """A withdrawal deletes planned reminders by the next job; with a new agreement those of plans are planned again."""
    await check_in(me)
    plan = await client_for("plan", me.person).post("/", json={"target": "calm", "duration": 7})
    await deliver_events(database, me)
    before = database.value(PENDING, me.person)
    await decide(client_for, me, "messages", granted=False)
    await deliver_events(database, me)
    between = database.value(PENDING, me.person)
    await decide(client_for, me, "messages", granted=True)
    await deliver_events(database, me)

    assert plan.status_code == 201
    assert (before > 0, between) == (True, 0)
    assert database.value(PENDING, me.person) == before


async def test_without_messages_nothing_is_planned(
    newcomer: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Neither by a plan, nor by preferences, entries and a change of the time zone, nor by the job of the day."""
    preferences = (await client_for("notify", newcomer.person).get("/preferences")).json()
    await client_for("notify", newcomer.person).put("/preferences", json=preferences | {"check_in_times": ["20:00"]})
    await check_in(newcomer)
    await client_for("plan", newcomer.person).post("/", json={"target": "calm", "duration": 7})
    await client_for("account", newcomer.person).patch("/profile", json={"timezone": "Asia/Tokyo"})
    await deliver_events(database, newcomer)
    await reminder_job.run(tick("schedule.reminders", utc_now()))

    assert database.value(PENDING, newcomer.person) == 0


def wait_for_a_lock(database: Clone) -> None:
    """Return as soon as somebody waits for an advisory lock."""
    waiting = "SELECT count(*), pg_sleep(0.005) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while not database.value(waiting):
        pass


async def test_a_withdrawal_waits_for_what_goes_by_the_former_decision(
    me: Client, client_for: ClientFactory, database: Clone
) -> None:
    """A handler that has read the agreement ends before the withdrawal is answered, so that it stores nothing later."""
    async with services().database.service() as conn:
        granted = await consents.is_granted(conn, me.person, "personalisation")
        withdrawal = asyncio.create_task(decide(client_for, me, "personalisation", granted=False))
        await asyncio.to_thread(wait_for_a_lock, database)
        done_while_handling = withdrawal.done()
    await withdrawal

    assert (granted, done_while_handling) == (True, False)
