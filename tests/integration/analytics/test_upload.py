"""Whose events are sent to Mixpanel, what they say, and what becomes of them when an agreement ends."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from functions.account.erasure.queries import begin_erasure
from functions.account.erasure.steps import complete
from functions.analytics import upload as uploads
from functions.analytics.main import consumer
from functions.relay.main import publish_outbox
from infra.local.mixpanel import LocalMixpanel
from infra.seed import CONTENT, read
from shared.clock import utc_now
from shared.events import tick
from shared.services import Services
from tests.conftest import Client, ClientFactory, ClockMover, Clone, sign_up
from tests.event_delivery import deliver
from tests.integration.analytics.conftest import Decide, Run

CANARY = "kanarienvogel"
NEVER_SENT = (CANARY, "sad", "calm", "peaceful", "mood", "kill", "care", "example.org")
DISTINCT_ID = "SELECT distinct_id FROM mend.analytics_people WHERE user_id = %s"
PROPERTIES = {"time", "distinct_id", "$insert_id", "ip"}


async def check_in(client: Client) -> None:
    body = {"mood": "sad", "intensity": 7, "note": f"{CANARY} note", "factors": [CANARY]}
    assert (await client.post("/", json=body)).status_code == 201


async def use_everything(client_for: ClientFactory, client: Client) -> None:
    """Check in, view, start and like a suggestion, begin a plan, finish an activity, end it, and write of danger."""
    await check_in(client)
    recommend, plan = client_for("recommend", client.person), client_for("plan", client.person)
    for kind in ("view", "start", "like"):
        body = {"content_id": str(read(CONTENT)[0]["id"]), "kind": kind}
        assert (await recommend.post("/interactions", json=body)).status_code == 201
    made = (await plan.post("/", json={"current": "sad", "target": "peaceful", "duration": 7})).json()
    [activity, *_] = made["preview"]["days"][0]["activities"]
    path = f"/{made['plan_id']}/activities/{activity['activity_id']}"
    assert (await plan.patch(path, json={"status": "done", "mood_after": "calm"})).status_code == 200
    assert (await plan.patch(f"/{made['plan_id']}", json={"status": "ended"})).status_code == 200
    await client.post("/", json={"mood": "sad", "intensity": 9, "note": "I want to kill myself tonight"})


def sent(local: LocalMixpanel) -> list[tuple[str, dict[str, object]]]:
    """The events that Mixpanel holds, with the properties that say something about them."""
    return [
        (event["event"], {name: value for name, value in event["properties"].items() if name not in PROPERTIES})
        for event in local.events.values()
    ]


async def test_what_people_do_is_sent_by_the_reviewed_list(
    agreed: Client, run: Run, local: LocalMixpanel, client_for: ClientFactory
) -> None:
    """Names and coarse facts. Views are not on the list."""
    await use_everything(client_for, agreed)

    await run()

    assert sorted(sent(local), key=json.dumps) == [
        ("Activity finished", {"status": "done"}),
        ("Entry recorded", {}),
        ("Entry recorded", {}),
        ("Plan begun", {}),
        ("Plan ended", {}),
        ("Suggestion used", {"kind": "like"}),
        ("Suggestion used", {"kind": "start"}),
    ]


async def test_nothing_that_a_person_felt_wrote_or_saw_is_sent(
    agreed: Client, run: Run, local: LocalMixpanel, client_for: ClientFactory, database: Clone
) -> None:
    """Nor their id, their address, the ids of what they used, or the ids of events, which are in logs."""
    await use_everything(client_for, agreed)

    await run()

    text = b"".join(local.bodies).decode().lower()
    titles = [title for (title,) in database.rows("SELECT title FROM public.content")]
    ids = [id_ for (id_,) in database.rows("SELECT id FROM mend.outbox UNION SELECT id FROM public.content")]
    assert local.bodies
    assert [
        word for word in (CANARY, "sad", "calm", "kill", "care", "mood", "peaceful", "example.org") if word in text
    ] == []
    assert [title for title in titles if title.lower() in text] == []
    assert [id_ for id_ in (agreed.person, *ids) if str(id_) in text] == []


async def test_an_event_is_under_the_persons_random_id(
    agreed: Client, run: Run, local: LocalMixpanel, database: Clone
) -> None:
    """By which Mixpanel can delete it. No place is derived from our address."""
    await check_in(agreed)

    await run()

    [event] = local.events.values()
    assert event["properties"]["distinct_id"] == str(database.value(DISTINCT_ID, agreed.person))
    assert event["properties"]["ip"] == "0"
    assert event["properties"].keys() == PROPERTIES


async def test_nothing_is_sent_without_an_agreement(
    run: Run, local: LocalMixpanel, me: Client, client_for: ClientFactory
) -> None:
    """Analytics is off until a person agrees."""
    await run()
    await use_everything(client_for, me)

    await run()

    assert local.bodies == []


async def test_what_was_before_the_agreement_is_not_sent(
    run: Run, local: LocalMixpanel, me: Client, decide: Decide
) -> None:
    """A person agrees to what comes."""
    await run()
    await check_in(me)
    await decide(me, True)  # noqa: FBT003 - the decision

    await run()

    assert local.bodies == []


async def test_an_agreement_to_an_earlier_text_is_none(
    agreed: Client, run: Run, local: LocalMixpanel, database: Clone
) -> None:
    """It described another use."""
    await check_in(agreed)
    with database.admin() as conn:
        conn.execute("UPDATE mend.consent_purposes SET valid_since = '2099-01-01' WHERE purpose = 'analytics'")

    await run()

    assert local.bodies == []


async def test_a_withdrawal_stops_what_waits_and_deletes_what_was_sent(
    agreed: Client, run: Run, local: LocalMixpanel, decide: Decide, database: Clone
) -> None:
    """At once, and at Mixpanel with the next run."""
    await check_in(agreed)
    await run()
    id_ = str(database.value(DISTINCT_ID, agreed.person))
    await check_in(agreed)
    await decide(agreed, False)  # noqa: FBT003 - the decision

    await run()

    assert (local.events, local.deleted, len(local.bodies)) == ({}, [id_], 1)


async def test_whoever_agrees_again_has_another_id(
    agreed: Client, run: Run, local: LocalMixpanel, decide: Decide, database: Clone
) -> None:
    """So that nothing leads from one time to the other. What they did in between is not sent."""
    before = database.value(DISTINCT_ID, agreed.person)
    await decide(agreed, False)  # noqa: FBT003 - the decision
    await check_in(agreed)
    await decide(agreed, True)  # noqa: FBT003 - the decision
    await check_in(agreed)

    await run()

    [event] = local.events.values()
    assert UUID(event["properties"]["distinct_id"]) == database.value(DISTINCT_ID, agreed.person) != before


async def test_an_erased_person_is_deleted_at_mixpanel(
    agreed: Client, run: Run, local: LocalMixpanel, counting: Services, database: Clone
) -> None:
    """The receipt says that this is requested. It is so within minutes, without anything that leads to the person."""
    await check_in(agreed)
    await run()
    await check_in(agreed)
    id_, receipt = str(database.value(DISTINCT_ID, agreed.person)), uuid4()
    async with counting.database.service() as conn:
        await begin_erasure(conn, agreed.person, receipt, "requested", utc_now())
    await run()
    await complete(counting, receipt)

    await run()

    assert (local.events, local.deleted, len(local.bodies)) == ({}, [id_], 1)
    assert database.rows("SELECT vendors -> 'Mixpanel' FROM mend.erasures") == [("requested",)]


async def test_mixpanel_has_nothing_of_an_erased_person_who_did_not_agree(
    counting: Services, local: LocalMixpanel, run: Run, database: Clone
) -> None:
    """The receipt says so."""
    receipt = uuid4()
    async with counting.database.service() as conn:
        await begin_erasure(conn, sign_up(database), receipt, "requested", utc_now())
    await complete(counting, receipt)

    await run()

    assert (local.bodies, local.deleted) == ([], [])
    assert database.rows("SELECT vendors -> 'Mixpanel' FROM mend.erasures") == [("done",)]


async def test_an_account_that_is_deleted_elsewhere_is_deleted_at_mixpanel(
    agreed: Client, run: Run, local: LocalMixpanel, database: Clone
) -> None:
    """Such as in the dashboard of Supabase."""
    id_ = str(database.value(DISTINCT_ID, agreed.person))
    with database.admin() as conn:
        conn.execute("DELETE FROM auth.users WHERE id = %s", (agreed.person,))

    await run()

    assert local.deleted == [id_]


async def test_an_event_is_sent_once(agreed: Client, run: Run, local: LocalMixpanel) -> None:
    """The next run goes on after the last one."""
    await check_in(agreed)
    await run()

    await run()

    assert len(local.bodies) == 1


async def test_more_than_a_batch_is_sent_in_several(
    agreed: Client, run: Run, local: LocalMixpanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each event is in one of them, although many are published at the same moment."""
    monkeypatch.setattr(uploads, "MOST_EVENTS", 2)
    for _ in range(5):
        await check_in(agreed)

    await run()

    assert [len(json.loads(body)) for body in local.bodies] == [2, 2, 1]
    assert len(local.events) == 5


async def test_a_run_that_dies_sends_no_event_twice(
    agreed: Client, run: Run, local: LocalMixpanel, database: Clone
) -> None:
    """It repeats its last batch with the same `$insert_id` for each event, by which Mixpanel drops the duplicates."""
    await check_in(agreed)
    with database.admin() as conn:
        conn.execute("REVOKE UPDATE ON mend.analytics_position FROM mend_service")
        with pytest.raises(Exception, match="permission denied"):
            await run()  # after Mixpanel has the batch
        conn.execute("GRANT UPDATE ON mend.analytics_position TO mend_service")

    await run()

    assert (len(local.bodies), len({*local.bodies}), len(local.events)) == (2, 1, 1)


async def test_nobody_notices_that_mixpanel_is_away(agreed: Client, run: Run, local: LocalMixpanel) -> None:
    """Requests go on, the run ends without an error, and what waits is sent by a later one."""
    local.failures = [429] * 5
    await check_in(agreed)
    await run()
    await check_in(agreed)
    waiting = dict(local.events)

    await run()

    assert (waiting, len(local.events)) == ({}, 2)


async def test_without_a_token_nothing_is_read_or_sent(services: Services, me: Client, database: Clone) -> None:
    """The tick is acknowledged."""
    del services
    await check_in(me)
    with database.admin() as conn:
        conn.execute("REVOKE ALL ON mend.analytics_position, mend.analytics_people FROM mend_service")

    assert await deliver(consumer, tick("schedule.analytics", utc_now()))


async def test_a_tick_runs_the_job(agreed: Client, local: LocalMixpanel, move_clock: ClockMover) -> None:
    """With the settings of the process. What was published within the last minute is left for the next tick."""
    await check_in(agreed)
    await publish_outbox()
    assert await deliver(consumer, tick("schedule.analytics", utc_now()))
    at_once = len(local.events)
    move_clock(timedelta(minutes=2))

    assert await deliver(consumer, tick("schedule.analytics", utc_now()))

    assert (at_once, len(local.events)) == (0, 1)
