"""The relay is killed between the commit of an event and its publication, or before it records the publication."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from shared.db import Connection
from shared.events import Consumer, Events
from shared.events.types import mood_recorded
from shared.services import Services
from shared.settings import PROJECT_ROOT
from tests.conftest import Clone, clock_setting, sign_up
from tests.event_delivery import push
from tests.faults.postgres_state import show

SCRIPT = Path(__file__).with_name("relay_that_dies.py")
TRIALS = int(os.environ.get("TRIALS", "20"))  # noqa: TID251 - of each kind; `make soak` sets it
TABLES = """
    CREATE TABLE public.sent (event_ids uuid[] NOT NULL, message jsonb NOT NULL);
    CREATE TABLE public.effects (event_id uuid NOT NULL);
    GRANT ALL ON public.sent, public.effects TO mend_app, mend_service;
"""


async def count_effects(conn: Connection, events: Events) -> None:
    for event in events:
        await conn.execute("INSERT INTO public.effects (event_id) VALUES (%s)", (event.id,))


@pytest.mark.parametrize("killed", ["before", "after"])
async def test_a_killed_relay_loses_nothing_and_its_repeats_change_nothing(
    services: Services,
    database: Clone,
    killed: str,
) -> None:
    """Every committed event arrives at least once and is handled exactly once, whenever the relay was killed."""
    with database.admin() as admin:
        admin.execute(TABLES)
    command = [sys.executable, str(SCRIPT), database.dsn(), killed, str(sign_up(database)), str(TRIALS)]
    await asyncio.to_thread(subprocess.check_call, command, env={"PYTHONPATH": str(PROJECT_ROOT), **clock_setting()})

    sent = database.rows("SELECT event_ids, message FROM public.sent ORDER BY random()")
    turns = asyncio.Semaphore(8)
    consumer = Consumer("counting", {mood_recorded: count_effects})

    async def deliver(message: object) -> None:
        async with turns:
            assert await push(consumer, message)

    await asyncio.gather(*(deliver(message) for _, message in sent))

    committed: set[UUID] = {row[0] for row in database.rows("SELECT id FROM mend.outbox")}
    effects = Counter(row[0] for row in database.rows("SELECT event_id FROM public.effects"))
    arrivals = sum(len(event_ids) for event_ids, _ in sent)
    show(f"killed {killed} publishing {TRIALS} times: {arrivals} sent, {len(effects)} effects")
    assert len(committed) == TRIALS
    assert effects == Counter(committed)
    assert (arrivals > TRIALS) == (killed == "after")
    assert database.value("SELECT count(*) FROM mend.outbox WHERE published_at IS NULL") == 0
