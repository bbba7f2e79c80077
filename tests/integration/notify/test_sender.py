"""The sender records what its provider got, so that a crash leaves little in doubt."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import pytest

from functions.notify.channels.fcm import FcmPush
from functions.notify.channels.local import EmbeddedMail, EmbeddedPush
from functions.notify.channels.ports import NO_RECORD, Outcome, Push, Record
from functions.notify.job.sender import Sender
from shared.outbound.breaker import breakers
from shared.services import Services
from tests.conftest import ClientFactory, Clone, LogLines
from tests.faults.serving import until
from tests.integration.notify.channels.conftest import QUICK
from tests.integration.notify.channels.provider_server import Behaviour, ReceivedRequest, Reply, serving
from tests.integration.notify.channels.test_fcm import Credential
from tests.integration.notify.scenario import add_notification, create_recipient, pushes_to, run_ticks, utc

NOON = utc("2027-06-01 12:00")
EXPIRE = "UPDATE public.notifications SET leased_until = '2000-01-01' WHERE leased_until IS NOT NULL"


class LateChannel:
    """Stands for a sender that was frozen after it had leased: by then, the next tick has sent its messages."""

    def __init__(self, services: Services, database: Clone) -> None:
        self._push = EmbeddedPush(services.database)
        self._database = database

    async def send(self, pushes: Sequence[Push], record: Record = NO_RECORD, /) -> list[Outcome]:
        with self._database.admin() as conn:
            conn.execute(EXPIRE.encode())
        await run_ticks(NOON)
        return await self._push.send(pushes, record)


async def test_a_sender_whose_lease_has_expired_sends_nothing(
    services: Services, client_for: ClientFactory, database: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next tick has leased the notification again, and its outcome stays."""
    monkeypatch.setattr("functions.notify.job.sender.SENDERS", 1)  # another one would lease it before that tick
    me = await create_recipient(client_for)
    id_ = add_notification(database, me.person, NOON, kind="insight")
    sender = Sender(services, LateChannel(services, database), EmbeddedMail(services.database))

    await sender.send_due(NOON)

    assert len(pushes_to(database, me.person)) == 1
    assert state_of(database, id_) == ("sent", 2)


async def test_each_outcome_is_stored_before_the_provider_answers_for_others(
    services: Services, client_for: ClientFactory, database: Clone
) -> None:
    """Only the push without an answer is `sending`, and becomes `unknown` if the job is killed."""
    me, silent = [await create_recipient(client_for) for _ in range(2)]
    answered, unanswered = [add_notification(database, each.person, NOON, kind="insight") for each in (me, silent)]

    def answering(request: ReceivedRequest) -> Behaviour:
        return "silence" if request.document["message"]["token"] == f"phone-{silent.person}" else Reply()

    breakers.clear()
    async with serving() as provider:
        provider.answering = answering
        push = FcmPush("mend-test", Credential(), api=provider.url, limits=QUICK)
        job = asyncio.create_task(Sender(services, push, EmbeddedMail(services.database)).send_due(NOON))
        await until(lambda: state_of(database, answered) == ("sent", 1) and len(provider.requests) == 2)
        in_flight = state_of(database, unanswered)
        job.cancel()
        with suppress(asyncio.CancelledError):
            await job

    assert in_flight == ("sending", 1)


async def test_a_message_in_doubt_is_logged(
    services: Services, client_for: ClientFactory, database: Clone, log_lines: LogLines
) -> None:
    """An alert counts these lines: when a provider is cut off before it answers, and when a sender is killed."""
    me = await create_recipient(client_for)
    cut_off, killed = [add_notification(database, me.person, NOON, kind="insight") for _ in range(2)]
    with database.admin() as conn:
        conn.execute(
            "UPDATE public.notifications SET state = 'sending', leased_until = '2000-01-01' WHERE id = %s", (killed,)
        )
    breakers.clear()
    async with serving() as provider:
        provider.answering = lambda _: "reset"
        push = FcmPush("mend-test", Credential(), api=provider.url, limits=QUICK)

        await Sender(services, push, EmbeddedMail(services.database)).send_due(NOON)

    assert [state_of(database, id_)[0] for id_ in (cut_off, killed)] == ["unknown", "unknown"]
    assert [line["reason"] == "lease_expired" for line in log_lines.of("message_unknown")] == [True, False]


def state_of(database: Clone, id_: UUID) -> tuple[str, int]:
    [row] = database.rows("SELECT state, attempts FROM public.notifications WHERE id = %s", id_)
    return row[0], row[1]
