"""A local Mixpanel, an installation that counts by it, and a person who agrees to that."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import TypeAlias

import pytest

from functions.account.consents.texts import versions
from functions.analytics.mixpanel import Mixpanel
from functions.analytics.settings import AnalyticsSettings
from functions.analytics.upload import upload
from functions.relay.main import publish_outbox
from infra.local.mixpanel import LocalMixpanel
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import Client, ClientFactory, ClockMover
from tests.integration.shared.files.storage_server import serving

TOKEN = "token-of-a-project"
DELETION_TOKEN = "token-of-an-owner"

Run: TypeAlias = Callable[[], Awaitable[None]]
Decide: TypeAlias = Callable[[Client, bool], Awaitable[None]]


@pytest.fixture
def local() -> Iterator[LocalMixpanel]:
    local = LocalMixpanel(token=TOKEN, deletion_token=DELETION_TOKEN)
    with serving(local.router()) as local.url:
        yield local


@pytest.fixture
async def counting(settings: Settings, services: Services, local: LocalMixpanel) -> AsyncIterator[Services]:
    """The services of an installation with Mixpanel."""
    environ = {"MIXPANEL_TOKEN": TOKEN, "MIXPANEL_DELETION_TOKEN": DELETION_TOKEN, "MIXPANEL_URL": local.url}
    parts = Services(settings.model_copy(update={"environ": environ}))
    use(parts)
    yield parts
    use(services)
    await parts.database.close()


async def no_pause(_: float) -> None:
    """Instead of waiting before a retry."""


@pytest.fixture
def run(counting: Services, move_clock: ClockMover) -> Run:
    """Publishes the outbox, and two minutes later runs the job."""

    async def publish_and_upload() -> None:
        await publish_outbox()
        move_clock(timedelta(minutes=2))
        own = counting.settings.of(AnalyticsSettings)
        await upload(counting.database, Mixpanel(own, pause=no_pause))

    return publish_and_upload


@pytest.fixture
def decide(client_for: ClientFactory) -> Decide:
    async def put(client: Client, granted: bool) -> None:  # noqa: FBT001 - the decision
        body = {"granted": granted, "version": versions()["analytics"].isoformat()}
        answer = await client_for("account", client.person).put("/consents/analytics", json=body)
        assert answer.status_code == 200, answer.text

    return put


@pytest.fixture
async def agreed(run: Run, decide: Decide, client_for: ClientFactory) -> Client:
    """Somebody who agrees to analytics, with the app open at `checkin`. The job has run before."""
    await run()
    client = client_for()
    await decide(client, True)  # noqa: FBT003 - the decision
    return client
