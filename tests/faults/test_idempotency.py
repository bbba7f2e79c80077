"""`Idempotency-Key`: a request can be sent again safely, at any time and after any failure."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx
import psycopg
import pytest

from infra.local.event_delivery import FunctionClient
from shared.clock import utc_now
from shared.events import push_message, tick
from shared.idempotency import MAX_BODY
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.faults.conftest import Intruder, Serve, SignIn
from tests.faults.postgres_state import CONNECTED, DRAFT, LOCK_COUNTS, WAITING
from tests.faults.serving import until

ENTRIES = "SELECT count(*) FROM public.mood_entries"
STORED_KEYS = "SELECT count(*) FROM mend.idempotency_keys"
RACERS = 16
JSON = {"content-type": "application/json"}


def keyed(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid4())}


async def test_a_repeated_request_gets_the_first_answer_byte_for_byte(me: Client, database: Clone) -> None:
    """The same status and body, marked as a replay; nothing happens a second time."""
    headers = keyed()
    first = await me.post("/", json=DRAFT, headers=headers)
    second = await me.post("/", json=DRAFT, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert database.value(ENTRIES) == 1
    assert database.value("SELECT count(*) FROM mend.outbox") == 1


async def test_racing_requests_with_one_key_have_one_effect(me: Client, database: Clone) -> None:
    """One is carried out; each of the others gets its answer, or a 409 that says when to ask again."""
    headers = keyed()
    answers = await asyncio.gather(*(me.post("/", json=DRAFT, headers=headers) for _ in range(RACERS)))

    carried_out = [a for a in answers if a.status_code == 201 and "Idempotency-Replayed" not in a.headers]
    replays = [a for a in answers if "Idempotency-Replayed" in a.headers]
    in_use = [a for a in answers if a.status_code == 409]
    assert len(carried_out) == 1
    assert len(carried_out) + len(replays) + len(in_use) == RACERS
    assert {a.content for a in replays} <= {carried_out[0].content}
    assert all(int(a.headers["Retry-After"]) > 0 for a in in_use)
    assert {a.json()["code"] for a in in_use} <= {"idempotency_key_in_use"}
    assert database.value(ENTRIES) == 1


async def test_a_key_is_in_use_while_its_first_request_runs(me: Client, database: Clone, intruder: Intruder) -> None:
    """The second request does not wait for the first: it gets a 409 with Retry-After at once."""
    await me.post("/", json=DRAFT)
    await intruder.execute(LOCK_COUNTS, (me.person,))
    headers = keyed()
    first = asyncio.create_task(me.post("/", json=DRAFT, headers=headers))
    await until(lambda: database.value(WAITING) == 1)

    second = await asyncio.wait_for(me.post("/", json=DRAFT, headers=headers), 1)
    await intruder.rollback()

    assert second.status_code == 409
    assert second.headers["Retry-After"] == "1"
    assert "RateLimit-Remaining" in second.headers
    assert (await first).status_code == 201


async def test_a_key_cannot_be_used_for_another_request(me: Client, database: Clone) -> None:
    """Another body, even one that means the same, or another route is refused, and changes nothing."""
    headers = keyed()
    await me.post("/", json=DRAFT, headers=headers)

    for answer in (
        await me.post("/", json=DRAFT | {"intensity": 4}, headers=headers),
        await me.post("/batch", json={"entries": [DRAFT]}, headers=headers),
        await me.post("/?", content=b'{"mood": "calm", "intensity": 3} ', headers=headers | JSON),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_key_reused"
    assert database.value(ENTRIES) == 1


async def test_keys_of_two_people_do_not_meet(client_for: ClientFactory, database: Clone) -> None:
    """The same key of another person is another key."""
    headers = keyed()
    answers = await asyncio.gather(*(client_for().post("/", json=DRAFT, headers=headers) for _ in range(2)))

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["mood_id"] != answers[1].json()["mood_id"]
    assert database.value(STORED_KEYS) == 2


async def test_a_refused_request_leaves_its_key_free(me: Client, database: Clone) -> None:
    """Only successful requests are stored: a corrected request may use the key of the refused one."""
    headers = keyed()
    entry_id = str(uuid4())
    await me.post("/", json=DRAFT | {"id": entry_id})
    refused = [
        await me.post("/", json=DRAFT | {"intensity": 11}, headers=headers),
        await me.post("/", content=b"{", headers=headers | JSON),
        await me.post("/", json=DRAFT | {"id": entry_id, "intensity": 9}, headers=headers),
    ]
    assert [answer.status_code for answer in refused] == [422, 400, 409]
    assert database.value(STORED_KEYS) == 0

    corrected = await me.post("/", json=DRAFT, headers=headers)

    assert corrected.status_code == 201
    assert "Idempotency-Replayed" not in corrected.headers


@pytest.mark.parametrize("key", ["", "k" * 256, "a\tb"])
async def test_an_impossible_key_is_refused(me: Client, database: Clone, key: str) -> None:
    """An empty or too long key, or one with control characters, gets a 422."""
    answer = await me.post("/", json=DRAFT, headers={"Idempotency-Key": key})

    assert answer.status_code == 422
    assert database.value(ENTRIES) == 0


async def test_only_a_post_knows_keys(me: Client, database: Clone) -> None:
    """Other methods are repeatable without keys."""
    entry = (await me.post("/", json=DRAFT)).json()["mood_id"]
    headers = keyed()
    answers = [
        await me.get("/", headers=headers),
        await me.patch(f"/{entry}", json={"intensity": 5}, headers=headers),
        await me.patch(f"/{entry}", json={"intensity": 6}, headers=headers),
        await me.delete(f"/{entry}", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 204]
    assert answers[2].json()["intensity"] == 6
    assert database.value(STORED_KEYS) == 0


async def test_a_key_is_deleted_after_a_day(me: Client, database: Clone, functions: FunctionClient) -> None:
    """The hourly job deletes what is older, and only that."""
    young, old = keyed(), keyed()
    await me.post("/", json=DRAFT, headers=young)
    first = await me.post("/", json=DRAFT, headers=old)
    with database.admin() as admin:
        aged = "UPDATE mend.idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = %s"
        admin.execute(aged, (old["Idempotency-Key"],))

    hour = tick("schedule.retention", utc_now())
    assert await functions.deliver("relay_retention", str(hour.id), push_message(hour))

    repeated = await me.post("/", json=DRAFT, headers=old)
    assert repeated.json()["mood_id"] != first.json()["mood_id"]
    assert (await me.post("/", json=DRAFT, headers=young)).headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("blocking", "happened"),
    [("public.mood_tombstones", False), ("mend.outbox", True)],
    ids=["before it has written", "when all statements are sent"],
)
async def test_a_killed_worker_leaves_the_key_in_order(  # noqa: PLR0913 - fixtures
    serve: Serve, database: Clone, sign_in: SignIn, intruder: Intruder, blocking: str, *, happened: bool
) -> None:
    """A key is stored with its transaction: it is free at once or has its answer, and the effect happens once."""
    function = serve("checkin")
    headers, draft = keyed(), DRAFT | {"id": str(uuid4())}
    async with function.client(sign_in()[1]) as app:
        await app.post("/", json=DRAFT)
        await intruder.execute(f"LOCK TABLE {blocking} IN ACCESS EXCLUSIVE MODE".encode())
        request = asyncio.create_task(app.post("/", json=draft, headers=headers))
        await until(lambda: database.value(WAITING) == 1)
        killed = function.worker
        killed.kill()
        with pytest.raises(httpx.TransportError):
            await request
        await intruder.rollback()
        await until(lambda: database.value(CONNECTED) == 0)
        await until(function.answers)
        answer = await app.post("/", json=draft, headers=headers)

    assert answer.status_code == 201
    assert ("Idempotency-Replayed" in answer.headers) == happened
    assert database.value(ENTRIES) == 2


async def deleted(me: Client, entry: str) -> httpx.Response:
    return await me.delete(f"/{entry}")


async def deleted_in_a_batch(me: Client, entry: str) -> httpx.Response:
    return await me.post("/batch", json={"entries": [{"id": entry, "deleted": True}]}, headers=keyed())


async def changed(me: Client, entry: str) -> httpx.Response:
    return await me.patch(f"/{entry}", json={"note": "another"})


async def changed_in_a_batch(me: Client, entry: str) -> httpx.Response:
    edit = DRAFT | {"id": entry, "note": "another", "edited_at": utc_now().isoformat()}
    return await me.post("/batch", json={"entries": [edit]}, headers=keyed())


@pytest.mark.parametrize("forget", [deleted, deleted_in_a_batch, changed, changed_in_a_batch])
@pytest.mark.parametrize("path", ["/", "/batch"])
async def test_a_stored_answer_loses_what_was_deleted_or_changed(
    me: Client, database: Clone, forget: Callable[[Client, str], Awaitable[httpx.Response]], path: str
) -> None:
    """No stored answer holds the note any more. A retry gets a 410, and does not bring the entry back."""
    headers, entry = keyed(), str(uuid4())
    draft = DRAFT | {"id": entry, "note": "canary"}
    sent = draft if path == "/" else {"entries": [draft]}
    assert (await me.post(path, json=sent, headers=headers)).is_success
    assert (await me.post(path, json=sent, headers=headers)).headers["Idempotency-Replayed"] == "true"

    assert (await forget(me, entry)).is_success

    assert database.rows("SELECT body FROM mend.idempotency_keys WHERE key = %s", headers["Idempotency-Key"]) == [
        (None,)
    ]
    before = (await me.get("/")).json()
    repeated = await me.post(path, json=sent, headers=headers)
    assert (repeated.status_code, repeated.json()["code"]) == (410, "response_gone")
    assert (await me.get("/")).json() == before


async def test_other_answers_are_kept(me: Client, client_for: ClientFactory) -> None:
    """The deletion of an entry concerns no answer that names another entry, or is another person's."""
    other, entry = client_for(), str(uuid4())
    mine, theirs, gone = keyed(), keyed(), keyed()
    await me.post("/", json=DRAFT, headers=mine)
    await me.post("/", json=DRAFT | {"id": entry}, headers=gone)
    await other.post("/", json=DRAFT | {"id": entry}, headers=theirs)

    await me.delete(f"/{entry}")

    replays = [await me.post("/", json=DRAFT, headers=mine)]
    replays.append(await other.post("/", json=DRAFT | {"id": entry}, headers=theirs))
    assert [replay.headers.get("Idempotency-Replayed") for replay in replays] == ["true", "true"]


async def test_a_failed_deletion_keeps_the_answer(me: Client, database: Clone) -> None:
    """The entry and the answer go in one transaction."""
    headers = keyed()
    entry = (await me.post("/", json=DRAFT, headers=headers)).json()["mood_id"]
    with database.admin() as admin:
        admin.execute("ALTER TABLE mend.outbox ADD CONSTRAINT no_deletions CHECK (type <> 'mood.deleted')")

    assert (await me.delete(f"/{entry}")).status_code == 500

    assert (await me.post("/", json=DRAFT, headers=headers)).headers["Idempotency-Replayed"] == "true"


async def test_an_account_is_deleted_with_its_entries_and_answers(me: Client, database: Clone) -> None:
    """Whichever of them Postgres deletes first."""
    await me.post("/", json=DRAFT, headers=keyed())

    with database.admin() as admin:
        admin.execute("DELETE FROM auth.users WHERE id = %s", (me.person,))

    assert (database.value(ENTRIES), database.value(STORED_KEYS)) == (0, 0)


async def test_an_answer_of_an_earlier_release_is_forgotten_with_any_entry(me: Client, database: Clone) -> None:
    """Release 0.1.0 did not store which records an answer names, so it may name the deleted one."""
    headers = keyed()
    entry = (await me.post("/", json=DRAFT, headers=headers)).json()["mood_id"]
    with database.admin() as admin:
        admin.execute("UPDATE mend.idempotency_keys SET records = NULL")

    await me.delete(f"/{entry}")

    assert (await me.post("/", json=DRAFT, headers=headers)).status_code == 410


async def test_an_answer_that_is_too_large_is_not_kept(me: Client, database: Clone) -> None:
    """The key is: a retry gets a 410, and has no second effect."""
    headers = keyed()
    faulty = DRAFT | {"factors": [1] * 30}  # one fault for each factor
    queue = {"entries": [DRAFT, *[faulty] * 199]}
    first = await me.post("/batch", json=queue, headers=headers)

    repeated = await me.post("/batch", json=queue, headers=headers)

    assert (first.status_code, len(first.content) > MAX_BODY) == (200, True)
    assert (repeated.status_code, repeated.json()["code"]) == (410, "response_gone")
    assert database.rows("SELECT body FROM mend.idempotency_keys") == [(None,)]
    assert database.value(ENTRIES) == 1


async def test_the_answer_to_the_longest_plan_is_kept(client_for: ClientFactory) -> None:
    """It is the largest ordinary answer of all POSTs."""
    app, headers = client_for("plan"), keyed()
    draft = {"current": "sad", "target": "peaceful", "duration": 30, "per_day": 5}
    first = await app.post("/", json=draft, headers=headers)

    repeated = await app.post("/", json=draft, headers=headers)

    assert (first.status_code, repeated.content) == (201, first.content)


async def test_a_job_sees_the_age_of_an_answer_and_nothing_else(me: Client, services: Services) -> None:
    """Bodies hold what people wrote, and jobs act for everybody."""
    await me.post("/", json=DRAFT, headers=keyed())

    async with services.database.service() as conn:
        assert (await conn.run("SELECT created_at FROM mend.idempotency_keys")).rows
    for column in ("body", "key", "user_id", "records"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with services.database.service() as conn:
                await conn.run(f"SELECT {column} FROM mend.idempotency_keys")  # noqa: S608
