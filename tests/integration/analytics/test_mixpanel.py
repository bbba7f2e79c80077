"""What is sent to Mixpanel and how, with the answers that its documentation names."""

import json
from uuid import UUID, uuid4

import pytest
from pydantic import JsonValue, ValidationError
from starlette.responses import Response
from starlette.routing import Route, Router

from functions.analytics.events import MixpanelEvent
from functions.analytics.mixpanel import DELETIONS, MOST_EVENTS, Mixpanel, MixpanelAway
from functions.analytics.settings import AnalyticsSettings
from infra.local.mixpanel import LocalMixpanel
from shared.clock import utc_now
from shared.services import Services
from tests.integration.analytics.conftest import DELETION_TOKEN, TOKEN, no_pause
from tests.integration.shared.files.storage_server import serving

TRIES = 5


@pytest.fixture
def mixpanel(counting: Services) -> Mixpanel:
    return Mixpanel(counting.settings.of(AnalyticsSettings), pause=no_pause)


def an_event(**changes: JsonValue) -> MixpanelEvent:
    properties: dict[str, JsonValue] = {
        "time": int(utc_now().timestamp()),
        "distinct_id": str(uuid4()),
        "$insert_id": str(uuid4()),
        "ip": "0",
    }
    return {"event": "Entry recorded", "properties": properties | changes}


async def test_a_full_batch_is_one_request(mixpanel: Mixpanel, local: LocalMixpanel) -> None:
    """Compressed, and as large as Mixpanel takes."""
    refused = await mixpanel.send([an_event() for _ in range(MOST_EVENTS)])

    assert (refused, len(local.events), len(local.bodies)) == (0, MOST_EVENTS, 1)


async def test_events_that_mixpanel_refuses_are_counted_and_not_repeated(
    mixpanel: Mixpanel, local: LocalMixpanel
) -> None:
    """It answers 400 and keeps the others. The refused ones would be refused again."""
    wrong = [an_event(time=0), an_event(**{"$insert_id": "a b"})]

    refused = await mixpanel.send([an_event(), *wrong, an_event()])

    assert (refused, len(local.events), len(local.bodies)) == (2, 2, 1)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_busy_mixpanel_is_tried_again(mixpanel: Mixpanel, local: LocalMixpanel, status: int) -> None:
    """With the same events, and so the same `$insert_id`, by which duplicates are dropped."""
    local.failures = [status, status]

    await mixpanel.send([an_event()])

    assert len(local.bodies) == 3
    assert len({*local.bodies}) == len(local.events) == 1


@pytest.mark.parametrize(("status", "tries"), [(429, TRIES), (503, TRIES), (401, 1), (403, 1), (404, 1)])
async def test_a_mixpanel_that_takes_nothing_is_left_alone(
    mixpanel: Mixpanel, local: LocalMixpanel, status: int, tries: int
) -> None:
    """After some tries, or at once if another would be answered the same."""
    local.failures = [status] * TRIES

    with pytest.raises(MixpanelAway, match=f"^status {status}$"):
        await mixpanel.send([an_event()])

    assert len(local.bodies) == tries


async def test_a_batch_that_is_too_large_is_lost(mixpanel: Mixpanel, local: LocalMixpanel) -> None:
    """It would be too large the next time as well, and hold up all after it."""
    local.failures = [413]

    assert await mixpanel.send([an_event()]) == 1


async def test_an_unreadable_refusal_counts_for_the_batch(mixpanel: Mixpanel, local: LocalMixpanel) -> None:
    """The status says enough."""
    local.failures = [400]

    assert await mixpanel.send([an_event(), an_event()]) == 2


async def test_mixpanel_deletes_by_its_api_for_the_gdpr(mixpanel: Mixpanel, local: LocalMixpanel) -> None:
    """With the token of an owner, which can do nothing else."""
    person, other = uuid4(), uuid4()
    await mixpanel.send([an_event(distinct_id=str(person)), an_event(distinct_id=str(other))])

    task = await mixpanel.delete([person])

    assert local.tasks == {task: [str(person)]}
    assert [UUID(event["properties"]["distinct_id"]) for event in local.events.values()] == [other]
    assert local.deleted == [str(person)]


@pytest.mark.parametrize(("token", "deletion_token"), [("wrong", DELETION_TOKEN), (TOKEN, "expired")])
async def test_a_deletion_that_is_refused_is_no_deletion(
    counting: Services, local: LocalMixpanel, token: str, deletion_token: str
) -> None:
    """The token of an owner expires after a year."""
    environ = {"MIXPANEL_TOKEN": token, "MIXPANEL_DELETION_TOKEN": deletion_token}
    own = AnalyticsSettings.model_validate(AnalyticsSettings.read({**counting.settings.environ, **environ}))

    with pytest.raises(MixpanelAway, match="401"):
        await Mixpanel(own, pause=no_pause).delete([uuid4()])

    assert local.deleted == []


@pytest.mark.parametrize(
    "body", ['{"results": [{"tracking_id": "7", "status": "PENDING"}]}', '{"results": {"task_id": "7"}}']
)
async def test_the_id_of_a_task_is_read_in_both_documented_forms(counting: Services, body: str) -> None:
    """Mixpanel's reference and the example beside it differ."""
    with serving(Router([Route(DELETIONS, lambda _: Response(body, 201), methods=["POST"])])) as url:
        own = counting.settings.of(AnalyticsSettings).model_copy(update={"mixpanel_url": url})

        assert await Mixpanel(own, pause=no_pause).delete([uuid4()]) == "7"


async def test_a_deletion_without_the_id_of_a_task_is_no_deletion(counting: Services) -> None:
    """Nobody could ask what became of it."""
    with serving(Router([Route(DELETIONS, lambda _: Response("[]", 201), methods=["POST"])])) as url:
        own = counting.settings.of(AnalyticsSettings).model_copy(update={"mixpanel_url": url})

        with pytest.raises(MixpanelAway, match="no id of a task"):
            await Mixpanel(own, pause=no_pause).delete([uuid4()])


async def test_nothing_listens(counting: Services) -> None:
    """Mixpanel is away altogether."""
    own = counting.settings.of(AnalyticsSettings).model_copy(update={"mixpanel_url": "http://127.0.0.1:9"})

    with pytest.raises(MixpanelAway, match="ConnectError"):
        await Mixpanel(own, pause=no_pause).send([an_event()])


async def test_no_token_is_in_a_body(mixpanel: Mixpanel, local: LocalMixpanel) -> None:
    """They are in headers."""
    await mixpanel.send([an_event()])

    assert TOKEN not in json.dumps([body.decode() for body in local.bodies])


def test_nothing_is_sent_that_could_not_be_deleted() -> None:
    """So there is no token of the project without the other."""
    with pytest.raises(ValidationError, match="MIXPANEL_DELETION_TOKEN"):
        AnalyticsSettings.model_validate({"mixpanel_token": TOKEN})
