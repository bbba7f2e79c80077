"""What replies cost, and the project's budget of a month."""

import json
import logging
from typing import Any

import pytest

from functions.companion.settings import CompanionSettings
from shared.ai.models import ModelLimits, ModelPrice, cost_micros, model_limits
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.companion.conftest import HEAD, Begin, decide, events_in, piece, send
from tests.integration.shared.scripted_host import ScriptedHost

SSE = {"Accept": "text/event-stream"}
DANGER = "I want to kill myself"
COUNTED = {
    "choices": [],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 400}},
}
COST = 600 * 2 + 400 * 1 + 100 * 10
SPENT = "SELECT coalesce(sum(cost_micros), 0) FROM mend.ai_spending"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, model: ScriptedHost) -> ScriptedHost:
    """A model that costs 2 dollars for a million tokens, 1 for those in the cache, and 10 for those it writes."""
    price = ModelPrice.model_validate({"input": 2, "cached": 1, "output": 10})
    monkeypatch.setitem(
        model_limits(), "compatible/test", ModelLimits(input_tokens=7000, output_tokens=800, price=price)
    )
    usage = b"data: " + json.dumps(COUNTED).encode() + b"\n\n"
    model.scripts = [[HEAD, piece("Hello."), piece("", "stop"), usage, b"data: [DONE]\n\n", "close"]]
    return model


def set_budget(services: Services, micros: int) -> None:
    environ = {**services.settings.environ, "AI_MONTHLY_BUDGET": str(micros / 1_000_000)}
    vars(services)["settings"] = services.settings.model_copy(update={"environ": environ})


async def estimate(client: Client, path: str) -> int:
    """Send a message. Returns the cost that was reserved for the reply: that of its bytes, and of the longest reply."""
    receipt = (await client.get(f"{path}/{(await send(client, path, 'Hello'))['reply']['id']}/receipt")).json()
    assert receipt["estimated"]
    return int(receipt["cost_micros"])


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(line)["fields"] | {"name": line.msg} for line in caplog.records if line.msg.startswith("ai_budget")]


@pytest.fixture
def caplog_of_mend(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    logging.getLogger("mend").addHandler(caplog.handler)
    return caplog


async def test_a_reply_is_settled_by_what_its_provider_counted(me: Client, begin: Begin, database: Clone) -> None:
    """In the receipt, in the person's usage, and in the sum of the month."""
    path = await begin()

    exchange = await send(me, path, "Hello")

    receipt = (await me.get(f"{path}/{exchange['reply']['id']}/receipt")).json()
    [day] = (await me.get("/usage")).json()["days"]
    assert (receipt["cost_micros"], receipt["estimated"]) == (COST, False)
    assert (day["task"], day["cost_micros"]) == ("chat", COST)
    assert database.value(SPENT) == COST


async def test_what_is_not_counted_stays_as_estimated(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """A reply that is cut off has cost something all the same."""
    model.scripts = [[HEAD, piece("One. "), "reset"]]

    cost = await estimate(me, await begin())

    [day] = (await me.get("/usage")).json()["days"]
    assert cost > 800 * 10
    assert day["cost_micros"] == database.value(SPENT) == cost


async def test_at_the_budget_a_message_is_refused(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services, me: Client, begin: Begin, model: ScriptedHost, client_for: ClientFactory, database: Clone
) -> None:
    """For everybody, in words that a person can read. Danger is answered all the same."""
    model.scripts = [[HEAD, piece("One. "), "reset"]]
    set_budget(services, await estimate(me, await begin()))
    other = client_for("companion")
    decide(database, other, granted=True)
    path = await begin(other)

    refused = await other.post(path, json={"content": "Hello"})
    danger = events_in((await other.post(path, json={"content": DANGER}, headers=SSE)).text)

    assert (refused.status_code, refused.json()["code"]) == (429, "budget_used_up")
    assert "for everybody" in refused.json()["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 31 * 86_400 + 1
    assert any(name == "support" for _, name, _ in danger)
    assert len(model.seen) == 1


async def test_a_reply_that_would_exceed_the_budget_is_not_written(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services,
    me: Client,
    begin: Begin,
    model: ScriptedHost,
    database: Clone,
    caplog_of_mend: pytest.LogCaptureFixture,
) -> None:
    """What was reserved for it is given back. The person reads why."""
    set_budget(services, 100)
    path = await begin()

    reply = (await send(me, path, "Hello"))["reply"]

    assert (reply["status"], "used up, for everybody" in reply["notice"]) == ("failed", True)
    assert model.seen == []
    assert database.value(SPENT) == 0
    assert [day["cost_micros"] for day in (await me.get("/usage")).json()["days"]] == [0]
    assert [line["name"] for line in logged(caplog_of_mend)] == ["ai_budget_reached"]


@pytest.mark.parametrize(("times", "names"), [(1.25, ["ai_budget_near"]), (1.3, [])])
async def test_from_four_fifths_on_a_reply_is_logged(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services,
    me: Client,
    begin: Begin,
    model: ScriptedHost,
    caplog_of_mend: pytest.LogCaptureFixture,
    times: float,
    names: list[str],
    database: Clone,
) -> None:
    """So that somebody hears of it before the budget is reached."""
    model.scripts = [[HEAD, piece("One. "), "reset"]]
    cost = await estimate(me, await begin())
    set_budget(services, int(2 * cost * times))

    await send(me, await begin(), "Hello")

    assert [line["name"] for line in logged(caplog_of_mend)] == names
    assert database.value(SPENT) == 2 * cost


async def test_people_seldom_share_a_row_of_the_sum(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone
) -> None:
    """The sum of a month is spread by the person, so that replies do not wait for each other."""
    people = [client_for("companion") for _ in range(16)]
    for client in people:
        decide(database, client, granted=True)
        await send(client, await begin(client), "Hello")

    shards = {client.person.bytes[-1] % 16 for client in people}

    assert {shard for (shard,) in database.rows("SELECT shard FROM mend.ai_spending")} == shards
    assert database.value(SPENT) == 16 * COST


def test_tokens_of_a_cache_without_a_price_cost_as_others() -> None:
    """A cost is never too low. Fractions are rounded up. A model without a price has no cost."""
    opus, haiku = "anthropic/claude-opus-5-5", "anthropic/claude-haiku-5-5"

    costs = [cost_micros(opus, 10, 1, 5), cost_micros(haiku, 10, 1, 5), cost_micros("gemini/gemini-3.8-flash", 10, 1)]

    assert costs == [60, 2, None]


@pytest.mark.parametrize(("models", "faults"), [("openai/gpt-6-luna", 1), ("anthropic/claude-haiku-5-5", 0), ("", 0)])
def test_a_budget_needs_the_price_of_every_model(models: str, faults: int) -> None:
    """Otherwise it would never be reached. The process does not start, and says what to do."""
    environ = {"AI_MONTHLY_BUDGET": "20", "AI_CHAT_MODELS": models, "OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}

    messages = CompanionSettings.faults(environ)

    assert ["shared/ai/models.yaml" in message for message in messages] == [True] * faults
